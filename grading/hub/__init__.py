"""A JupyterHub for the course: many trainees on one machine, each in a room of their own.

``python3 -m grading hub`` starts it. One Unix number per person, one small view of the
machine per server (bubblewrap), nbgrader's exchange between them, and services of the host
that trainees cannot reach.
"""
