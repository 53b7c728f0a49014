"""Policy instruments that can be computed: voting, thresholds, shares of channels."""
