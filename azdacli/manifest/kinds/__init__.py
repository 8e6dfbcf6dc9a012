"""The other homes of a manifest's modules: docker compose and Kubernetes, made from the manifest of IoT Edge."""
