"""Where the configuration comes from and messages go: a settings file, IoT Edge, or an MQTT broker."""
