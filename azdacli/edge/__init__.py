"""What is asked of the outside on behalf of a manifest: IoT Hub, images, the runtime's own reading of settings."""
