"""Attacks on a running hub: each fails, and each works when its one defence is off."""
