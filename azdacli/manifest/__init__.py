"""Deployment manifests: template or options in, checked JSON out. JSON is built as data, never as text."""
