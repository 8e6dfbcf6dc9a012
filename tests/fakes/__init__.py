"""Stand-ins that the fast tests run on; each is used by the very tests that also run on the real thing."""
