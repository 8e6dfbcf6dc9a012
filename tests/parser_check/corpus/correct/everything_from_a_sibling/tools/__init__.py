"""Tools of a detector."""
