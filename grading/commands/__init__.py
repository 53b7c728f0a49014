"""The commands of python -m grading, one module each."""
