"""Whether this machine can do what azdacli will ask of it: findings, each with the command that cures it."""
