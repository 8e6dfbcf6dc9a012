"""One pipeline in a process of its own: from its settings to what plays."""
