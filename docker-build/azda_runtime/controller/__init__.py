"""The role of a controller: it sends the configuration of its own twin to the pipelines, by a route."""
