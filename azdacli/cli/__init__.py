"""The command line: one verb per file, three moves each: read the options, call, print."""
