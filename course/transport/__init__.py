"""Fares: policies, linking, pricing, riders' reaction, equity."""
