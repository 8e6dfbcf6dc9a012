"""Images as the Open Container Initiative describes them."""
