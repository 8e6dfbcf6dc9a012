"""The module twin: desired properties in, reported properties out; no network."""
