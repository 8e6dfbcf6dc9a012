"""What tells the runtime what to do and takes what it saw: a settings file, or IoT Edge."""
