"""A workflow that waits for a person."""
