"""Where the database is and as whom to log in, as `ProxiedDatabase.grant_connect` tells a function."""

import os
from dataclasses import dataclass
from typing import Literal

Family = Literal["postgres", "mysql"]


class NotGrantedError(RuntimeError):
    """The environment does not lead to a database of this kind; the sentence tells what it lacks and what gives it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One door to a database, and a user who goes through it."""

    host: str
    port: int
    database: str
    user: str

    @classmethod
    def from_environment(cls, family: Family, *, reader: bool) -> "Endpoint":
        """Read where the writer is, or the readers.

        Raises:
            NotGrantedError: a variable is not set, or the database is of another family.
        """
        given = os.environ.get("DB_ENGINE", family)
        if given != family:
            raise NotGrantedError(f"DB_ENGINE is {given!r}: use constructs_lib.relational.client.{given}, not {family}")
        host = _variable("DB_READER_HOST", "if the database has readers") if reader else _variable("DB_HOST")
        return cls(host, int(_variable("DB_PORT")), _variable("DB_NAME"), _variable("DB_USER"))


def _variable(name: str, condition: str = "") -> str:
    value = os.environ.get(name)
    if not value:
        raise NotGrantedError(f"{name} is not set; ProxiedDatabase.grant_connect sets it {condition}".rstrip())
    return value
