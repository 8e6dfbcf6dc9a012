"""What every room may use: files written whole or not at all, archives, `.env` files, our own data."""
