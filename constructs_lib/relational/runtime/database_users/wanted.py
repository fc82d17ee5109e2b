"""What a resource of the type ``Custom::DatabaseUser`` asks for, read from its properties."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .names import FAMILIES, require_plain


@dataclass(frozen=True, slots=True)
class Cluster:
    """A database that the Data API reaches."""

    arn: str


@dataclass(frozen=True, slots=True)
class Instance:
    """A database that only a function in its VPC reaches."""

    runner_arn: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A user, its rights, and the way to its database."""

    family: str
    database: str
    user: str
    read_only: bool
    invokes_lambda: bool
    dropped_on_delete: bool
    master_secret_arn: str
    password_secret_arn: str | None
    place: Cluster | Instance

    @classmethod
    def read(cls, properties: Mapping[str, str]) -> "Wanted":
        """Read a resource's properties.

        Raises:
            ValueError: one is missing, has an unknown value or contradicts another.
        """
        family = _one_of(properties, "Family", FAMILIES)
        database, user = _given(properties, "Database"), _given(properties, "User")
        require_plain(family, user, database)
        return cls(
            family=family,
            database=database,
            user=user,
            read_only=_one_of(properties, "Rights", ("read-only", "read-write")) == "read-only",
            invokes_lambda=_one_of(properties, "InvokesLambda", ("yes", "no"), default="no") == "yes",
            dropped_on_delete=_one_of(properties, "OnDelete", ("keep", "drop"), default="keep") == "drop",
            master_secret_arn=_given(properties, "MasterSecretArn"),
            password_secret_arn=properties.get("PasswordSecretArn"),
            place=_place(properties),
        )


def physical_id(properties: Mapping[str, str]) -> str:
    """Return what CloudFormation knows a user by: with another name it deletes the old one after an update."""
    return f"{properties.get('Database')}/{properties.get('User')}"


def _place(properties: Mapping[str, str]) -> Cluster | Instance:
    if ("ClusterArn" in properties) == ("RunnerArn" in properties):
        raise ValueError("either ClusterArn must be given, or RunnerArn with Host and Port")
    if "ClusterArn" in properties:
        return Cluster(_given(properties, "ClusterArn"))
    port = _given(properties, "Port")
    if not port.isascii() or not port.isdigit():
        raise ValueError(f"Port must be a number, got {port!r}")
    return Instance(_given(properties, "RunnerArn"), _given(properties, "Host"), int(port))


def _given(properties: Mapping[str, str], name: str) -> str:
    value = properties.get(name)
    if not value:
        raise ValueError(f"{name} is missing")
    return value


def _one_of(properties: Mapping[str, str], name: str, allowed: Collection[str], default: str | None = None) -> str:
    value = properties.get(name, default)
    if value is None or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value
