"""A registry of images over the distribution API (github.com/opencontainers/distribution-spec)."""
