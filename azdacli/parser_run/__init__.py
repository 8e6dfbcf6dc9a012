"""Running a user's parser in a process of its own that can do no harm, and what came of it."""
