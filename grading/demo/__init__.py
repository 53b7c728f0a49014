"""A training week with simulated trainees: everything real but the people."""
