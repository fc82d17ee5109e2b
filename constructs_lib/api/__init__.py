"""HTTP APIs that know their callers, and the names and certificates they are reached by."""
