"""What the tests on the real thing stand on: private engines, registries, base images, emulation."""
