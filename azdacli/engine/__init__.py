"""Container engines: the port, Docker's API, BuildKit, and which of the two builds."""
