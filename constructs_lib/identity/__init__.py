"""Identity: the people who use a system, and how they sign in."""
