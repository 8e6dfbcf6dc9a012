"""One subcommand per file; each has `main(arguments)`, which returns the exit code."""
