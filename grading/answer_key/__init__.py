"""The answer keys, one module each, read by the host only."""
