"""What is drawn for each trainee, the same on every machine."""
