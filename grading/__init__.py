"""What the host of a course runs; never part of the wheel."""
