"""What a hub needs to know without a network: desired properties, messages that wait, reported state."""
