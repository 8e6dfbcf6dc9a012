"""The MQTT side of the port between the runtime and its hub: any broker of version 5, Azure IoT Operations' too."""
