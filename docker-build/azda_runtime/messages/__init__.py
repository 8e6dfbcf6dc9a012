"""What was found, as the messages that leave the module: schema 0.1, and how often one is sent."""
