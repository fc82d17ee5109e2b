"""Names of databases and of their users: so plain that no engine, policy or statement can read them otherwise."""

import re

FAMILIES = ("postgres", "mysql")

MAX_USER = {"postgres": 63, "mysql": 32}
MAX_DATABASE = {"postgres": 55, "mysql": 64}
"""In PostgreSQL this leaves room for the suffix of a group's name, ``<database>_readers``, within its 63 bytes."""

RULE = "be lower-case letters, digits and underscores, begin with a letter, and not be a name that the engine keeps"

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")
_KEPT = {
    "postgres": {"postgres", "template0", "template1", "public", "none"},
    # `admin` is the master user, unless somebody chose another name.
    "mysql": {"admin", "root", "mysql", "sys", "information_schema", "performance_schema", "innodb", "public", "none"},
}
_KEPT_PREFIXES = {"postgres": ("pg_", "rds"), "mysql": ("rds",)}


def is_plain_user(family: str, name: str) -> bool:
    """Tell whether a user's name obeys `RULE` and is short enough for an engine of this family."""
    return _is_plain(family, name, MAX_USER[family])


def is_plain_database(family: str, name: str) -> bool:
    """Tell whether a database's name obeys `RULE` and is short enough for an engine of this family."""
    return _is_plain(family, name, MAX_DATABASE[family])


def groups_of(database: str) -> tuple[str, str]:
    """Return the names of a PostgreSQL database's two groups of users: its readers and its writers."""
    return f"{database}_readers", f"{database}_writers"


def require_plain(family: str, user: str, database: str) -> None:
    """Refuse names that may not stand in a statement.

    Raises:
        ValueError: a name is not plain, or the user's is that of a group.
    """
    is_group = family == "postgres" and user in groups_of(database)
    if not is_plain_user(family, user) or not is_plain_database(family, database) or is_group:
        raise ValueError(f"{user!r} cannot be a user of the database {database!r}: names must {RULE}")


def _is_plain(family: str, name: str, max_length: int) -> bool:
    kept = name in _KEPT[family] or name.startswith(_KEPT_PREFIXES[family])
    return bool(_PLAIN.fullmatch(name)) and len(name) <= max_length and not kept
