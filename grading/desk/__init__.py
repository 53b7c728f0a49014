"""The instructor's day: who is where, what is hard, extensions, closing, and a desk in the hub."""
