"""How much of a hand-in is read. Larger things are named in the report and left alone."""

from __future__ import annotations

MAX_NOTEBOOK_MB = 60  # a notebook with 20 MB of output is read, one of 200 MB is not
MAX_ANSWER_FILE_MB = 10
MAX_ZIP_MB = 25  # a city travels in at most 20 MB
MAX_ZIPS = 3
MAX_FILE_MB = 25
MAX_HAND_IN_MB = 120
MAX_FILES = 500
MAX_DEPTH = 4
MAX_ENTRIES = 5000  # names looked at in one hand-in, of whatever kind
MAX_NOTES = 60  # lines about one hand-in
