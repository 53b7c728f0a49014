"""Tests and the survey: checked, shown and laid out; what lessons ask is elsewhere."""
