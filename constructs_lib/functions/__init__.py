"""Lambda functions: packaging without Docker, and a function within its limits."""
