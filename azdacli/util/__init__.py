"""Files written whole or not at all, .env, and our own data files."""
