"""The action plans on the host: read, marked by two, presented, noted in the gradebook."""
