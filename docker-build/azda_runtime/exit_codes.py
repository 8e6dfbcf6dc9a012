"""What the runtime's processes end with; the command line has the same codes for the same things."""

WRONG_USAGE = 2
WRONG = 4
"""A parser or a configuration is wrong."""
FAILED = 10
"""A pipeline, or what one needs, failed."""
NOBODY_READS = 141
"""Nobody read the answer: 128 and SIGPIPE, as a shell has it."""
