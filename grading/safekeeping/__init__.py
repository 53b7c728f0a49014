"""Keep a course safe: one file with everything, put back whole, and a person taken out.

`backup` writes the file, `archive` reads it without trusting it, `restore` puts it in
place, `forgetting` takes one person's data out of the state.
"""
