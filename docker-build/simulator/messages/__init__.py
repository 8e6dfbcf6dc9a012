"""What nvmsgconv writes: event messages and objects as JSON in DeepStream's schemas."""
