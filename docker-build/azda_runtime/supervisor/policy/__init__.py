"""What the supervisor decides: pure, without a process, a clock or a network."""
