"""What `azdacli simulate` runs and what came of it: plain values, nothing is started here."""
