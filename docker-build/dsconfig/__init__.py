"""DeepStream's configuration formats, each read in one place.

The checker, the runtime in an image and the simulator all read through this package, so that none accepts what another
refuses. It needs the standard library alone; PyYAML is imported when a YAML file is read, and at no other time.
"""
