"""The commands of python3 -m grading, one module each."""
