"""Native parsers: a configuration's library, called in a process of its own over the published C++ signatures."""
