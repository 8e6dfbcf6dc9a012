"""What the probes saw, as values; the checks decide about these alone."""
