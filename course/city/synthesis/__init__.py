"""What a pack lacks, made by a stated rule and labelled synthetic."""
