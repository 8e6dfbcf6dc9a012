"""What the runtime counts, in Prometheus' format over HTTP."""
