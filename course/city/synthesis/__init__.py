"""What a pack lacks, made by a stated rule and labelled synthetic."""

# Part of a city's fingerprint: raise it whenever the same city would get other numbers.
VERSION = 1
