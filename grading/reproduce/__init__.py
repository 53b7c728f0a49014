"""Run the notebooks that were handed in again, each in a jail, and compare the answers.

What comes out verifies work; it changes no points. `batch` runs many, `run` one, `verdict`
compares, `kept` remembers what was run so that unchanged hand-ins are skipped.
"""
