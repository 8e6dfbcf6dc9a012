"""A report's four faces: text for people, JSON, SARIF, and GitHub's annotations; and the pages about the rules."""
