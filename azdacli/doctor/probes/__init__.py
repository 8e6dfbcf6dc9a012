"""Looks at the machine with the standard library alone, within a bounded time; decides nothing."""
