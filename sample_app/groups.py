"""The groups that the desk's people belong to, for who makes them and for who joins them."""

MANAGERS = "managers"
