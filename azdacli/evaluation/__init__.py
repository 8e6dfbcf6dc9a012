"""A pipeline against a labelled set: what is true, what was found, how good that is, and what would make it better."""
