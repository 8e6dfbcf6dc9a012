"""Where the configuration comes from and messages go: a settings file, or IoT Edge."""
