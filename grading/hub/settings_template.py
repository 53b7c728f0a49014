"""``hub.yml`` as it is written at the first start: every setting, explained, with its default."""

from __future__ import annotations

from pathlib import Path

from course import whole_files

_GENERAL = """\
# Settings of the hub. Lines that begin with # are explanations or defaults.
# After a change: python3 -m grading hub check, then start the hub again.

# Who teaches: their names on the hub. They reach the formgrader and the desk.
instructors: []
title: Smart city course

# Where people reach the hub. 127.0.0.1 is this machine only. For others put a web server with
# TLS before it and write its address into public_url, or give certificate and key here and
# set ip: 0.0.0.0 and port: 443.
ip: 127.0.0.1
port: 8000
#public_url: https://hub.example.org
# on: each person's pages have a name of their own, such as ana.hub.example.org, so that no page
# of one can read another's. Needs public_url, and *.hub.example.org in DNS and certificate.
subdomains: off
#tls_certificate: /etc/ssl/hub.crt
#tls_key: /etc/ssl/hub.key
# Four more ports on 127.0.0.1; the four after port where nothing is set.
#hub_port: 8001
#proxy_port: 8002
#formgrader_port: 8003
#desk_port: 8004

# released: trainees see a module when you release it. all: every ready module at once.
modules: released
# For people whose row of the roster names no programme, and the first day of the week. One of
# your own lies in programmes/ of the state folder; a change of it counts from the next start.
#programme: wego_week
#start: 2027-04-05

# off: what trainees run reaches nothing outside this machine (needs nftables). on: it does.
outbound: off

# Stop a server that nobody has used for so many minutes, and any server after so many hours.
idle_minutes: 60
longest_hours: 0
# How many servers at the same time; 0: as many as people come.
servers: 0

# What one person may use.
limits:
  memory_mb: 4096     # one process; a notebook that runs is one
  all_memory_mb: 6144 # all processes of the person; over it the server is stopped
  processes: 400      # processes and threads together
  home_mb: 2000       # all files; over it the server is stopped and the person is told
  files: 100000       # how many files
  file_mb: 500        # one file
  open_files: 4096
  tmp_mb: 256         # /tmp, held in memory
  notebooks: 6        # that run at the same time

# A gradebook on PostgreSQL: a file that root alone can read, with one line such as
# postgresql://name:password@127.0.0.1/gradebook . Without it: a file in the state folder.
#gradebook_file: gradebook.address

# After so many days forget --overdue deletes what is kept of a participant; 0: never.
#retention_days: 0

# The first number of the accounts. Never change it once people have homes. Two hubs on one
# machine need numbers of their own, 100000 apart.
#first_uid: 200000

"""


def text() -> str:
    """Return the file as it is written at the first start."""
    from grading.hub import signin

    return _GENERAL + signin.COMMENTED


def ensure(path: Path) -> bool:
    """Write the file where there is none; return whether it was written now."""
    if path.exists():
        return False
    whole_files.write(path, text(), mode=0o600)
    return True
