"""From what was seen to findings: no clock, no network, no process."""
