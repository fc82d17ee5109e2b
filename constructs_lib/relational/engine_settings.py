"""How each engine is set up: TLS only, the logs that are worth reading and hold no rows, and what the pattern needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_rds as rds

from constructs_lib.relational.engine import DatabaseEngine
from constructs_lib.relational.versions import cdk_version


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What an engine is told beyond its size."""

    master: str
    """The name of the master user."""
    logs: tuple[str, ...]
    """What it sends to CloudWatch Logs."""
    parameters: Mapping[str, str]


_SETTINGS = {
    "aurora-postgresql": EngineSettings("postgres", ("postgresql",), {"rds.force_ssl": "1"}),
    "postgres": EngineSettings(
        "postgres",
        ("postgresql", "upgrade"),
        {
            "rds.force_ssl": "1",
            # Without it SQL finds no endpoint of the VPC's, and switching it on later takes a reboot.
            "rds.custom_dns_resolution": "1",
        },
    ),
    "aurora-mysql": EngineSettings(
        "admin",
        ("audit", "error", "slowquery"),
        {
            "require_secure_transport": "ON",
            # Who came, and who changed a table's form or a user's rights; queries would bring rows into the log.
            "server_audit_logging": "1",
            "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL",
            "slow_query_log": "1",
        },
    ),
    "mysql": EngineSettings(
        "admin",
        ("error", "slowquery"),
        {
            "require_secure_transport": "1",
            "slow_query_log": "1",
            # To a file, which is what is exported; the other choice is a table.
            "log_output": "FILE",
            # With backups there is a binary log, and then only a superuser could make triggers.
            "log_bin_trust_function_creators": "1",
        },
    ),
}


def settings_of(engine: DatabaseEngine) -> EngineSettings:
    """Return an engine's settings."""
    return _SETTINGS[engine.name]


def cdk_engine(engine: DatabaseEngine) -> Any:
    """Return the CDK's own object for an engine."""
    version = cdk_version(engine.name, engine.version)
    make: dict[str, Any] = {
        "aurora-postgresql": rds.DatabaseClusterEngine.aurora_postgres,
        "aurora-mysql": rds.DatabaseClusterEngine.aurora_mysql,
        "postgres": rds.DatabaseInstanceEngine.postgres,
        "mysql": rds.DatabaseInstanceEngine.mysql,
    }
    return make[engine.name](version=version)
