"""Records of a city turned into services: requests, night demand."""
