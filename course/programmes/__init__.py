"""Training weeks as data: one YAML file per programme, the places of its visits, its readers.

`course.programme.Programme` and `course.visits` are the doors; nothing else needs to look in
here.
"""
