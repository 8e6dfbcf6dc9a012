"""What hubs over a network share: what waits, one connection after the other, the twin or what takes its place."""
