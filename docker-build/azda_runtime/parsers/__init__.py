"""Parsers of raw model outputs: the contract, loading a user's file, calling it, and the built-in ones."""
