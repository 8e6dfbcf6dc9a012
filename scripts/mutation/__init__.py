"""What `scripts/mutants` is made of: the places that may be changed, the table of tests, the forked runs."""
