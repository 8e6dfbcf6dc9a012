"""Images as the OCI's specifications define them: names, manifests, digests, and where they are held."""
