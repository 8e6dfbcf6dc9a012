"""The supervisor with its processes, threads and files."""
