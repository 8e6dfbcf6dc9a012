"""What an image is to be: its spec, its assets, its Dockerfile and its context."""
