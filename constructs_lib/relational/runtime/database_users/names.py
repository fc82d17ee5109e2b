"""Names of databases and of their users: so plain that no engine, policy or statement can read them otherwise."""

import re

MAX_USER = 63
MAX_DATABASE = 55
"""Leaves room for the suffix of a group's name, ``<database>_readers``, within PostgreSQL's 63 bytes."""

RULE = "be lower-case letters, digits and underscores, begin with a letter, and not be a name that the engine keeps"

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_KEPT = {"postgres", "template0", "template1", "public", "none"}
_KEPT_PREFIXES = ("pg_", "rds")


def is_plain(name: str, max_length: int) -> bool:
    """Tell whether a name obeys `RULE` and is short enough."""
    kept = name in _KEPT or name.startswith(_KEPT_PREFIXES)
    return bool(_PLAIN.fullmatch(name)) and len(name) <= max_length and not kept


def groups_of(database: str) -> tuple[str, str]:
    """Return the names of a database's two groups of users: its readers and its writers."""
    return f"{database}_readers", f"{database}_writers"
