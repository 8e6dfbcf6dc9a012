"""Who we are to a registry: stored logins, variables, Entra ID."""
