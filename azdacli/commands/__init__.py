"""One verb per file, three moves each: load, call, print."""
