"""Stand-ins for what is not here, on real sockets."""
