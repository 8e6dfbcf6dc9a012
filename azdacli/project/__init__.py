"""A folder of one's own to begin with: model, configuration, parser, labels, settings and deployment template."""
