"""The same hub on Kubernetes, for Zero to JupyterHub's chart. Never deployed by us."""
