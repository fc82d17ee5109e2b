"""Whose events RDS sends, and of which kinds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_rds as rds

from constructs_lib.arguments import require, require_one_of
from constructs_lib.relational.backend import AnyDatabase, is_cluster

Of = Literal["database", "proxy"]

_EVENTS = "Amazon RDS event categories and event messages"

# As the API spells them; it tells of more than the page lists.
CATEGORIES = {
    "db-cluster": (
        "configuration change",
        "creation",
        "deletion",
        "failover",
        "failure",
        "global-failover",
        "maintenance",
        "migration",
        "notification",
        "read replica",
        "serverless",
    ),
    "db-instance": (
        "availability",
        "backtrack",
        "backup",
        "configuration change",
        "creation",
        "deletion",
        "failover",
        "failure",
        "low storage",
        "maintenance",
        "notification",
        "read replica",
        "recovery",
        "restoration",
        "security",
        "security patching",
    ),
    "db-proxy": ("configuration change", "creation", "deletion", "failure"),
}


@dataclass(frozen=True, slots=True)
class EventSource:
    """Whose events: one resource, by the type and the name that RDS knows it by."""

    type: str
    name: str

    @classmethod
    def of(cls, of: Of, *, database: AnyDatabase, proxy: rds.IDatabaseProxy) -> "EventSource":
        """Choose between a database and the proxy before it.

        Raises:
            InvalidArgument: ``of`` is neither.
        """
        require_one_of("of", of, ("database", "proxy"), _EVENTS)
        if of == "proxy":
            return cls("db-proxy", proxy.db_proxy_name)
        if is_cluster(database):
            return cls("db-cluster", database.cluster_identifier)
        return cls("db-instance", database.instance_identifier)

    def check(self, categories: Sequence[str]) -> None:
        """Raise `InvalidArgument` unless RDS knows each category of such a source."""
        require(not isinstance(categories, str), "categories", "be a list of them", categories, _EVENTS)
        for category in categories:
            require_one_of("categories", category, CATEGORIES[self.type], _EVENTS)
