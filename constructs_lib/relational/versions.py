"""Which versions of an engine exist, and since which of them it can do what: plain data and how to read it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_rds as rds

from constructs_lib.arguments import InvalidArgument, require, require_kind

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """A feature: the first minor version that has it, for each major version, and where AWS says so.

    Major versions later than those named have it in all their minor versions; earlier ones have it in none.
    """

    what: str
    minors: Mapping[int, int]
    source: str

    def has(self, version: Version) -> bool:
        """Tell whether a version has the feature."""
        major, minor = version[:2]
        return major > max(self.minors) or minor >= self.minors.get(major, minor + 1)

    def __str__(self) -> str:
        """Read as the rule in a sentence: ``the Data API (16.1, 17.4 and later)``."""
        return f"{self.what} ({', '.join(f'{major}.{minor}' for major, minor in self.minors.items())} and later)"


DATA_API = {
    "aurora-postgresql": Since(
        "the Data API, which makes the database users",
        {13: 11, 14: 8, 15: 3, 16: 1, 17: 4},
        "Supported Regions and Aurora DB engines for RDS Data API",
    ),
    "aurora-mysql": Since(
        "the Data API, which makes the database users",
        {3: 7},
        "Supported Regions and Aurora DB engines for RDS Data API",
    ),
}

AUTO_PAUSE = {
    "aurora-postgresql": Since("a pause at 0 ACUs", {13: 15, 14: 12, 15: 7, 16: 3}, "Aurora Serverless v2 capacity"),
    "aurora-mysql": Since("a pause at 0 ACUs", {3: 8}, "Aurora Serverless v2 capacity"),
}

SUPPORT = {
    "postgres": Since("standard or extended support", {13: 0}, "Release calendar for Amazon RDS for PostgreSQL"),
    "mysql": Since("standard or extended support", {8: 0}, "Supported MySQL versions on Amazon RDS"),
}

INVOKES_LAMBDA = {
    "aurora-postgresql": Since("calls to Lambda", {13: 0}, "Invoking a Lambda function from Aurora PostgreSQL"),
    "aurora-mysql": Since("calls to Lambda", {3: 1}, "Invoking a Lambda function with an Aurora MySQL native function"),
    "postgres": Since("calls to Lambda", {13: 2, 14: 1}, "Invoking a Lambda function from an RDS for PostgreSQL DB"),
}


@dataclass(frozen=True, slots=True)
class _Versions:
    """The versions of an engine that the CDK knows."""

    of: Any
    form: str
    example: str


_KNOWN = {
    "aurora-postgresql": _Versions(rds.AuroraPostgresEngineVersion, r"\d+\.\d+", "17.9"),
    "aurora-mysql": _Versions(rds.AuroraMysqlEngineVersion, r"3\.\d+\.\d+", "3.10.4"),
    "postgres": _Versions(rds.PostgresEngineVersion, r"\d+\.\d+", "17.9"),
    "mysql": _Versions(rds.MysqlEngineVersion, r"\d+\.\d+\.\d+", "8.4.9"),
}


def cdk_version(engine: str, version: str) -> Any:
    """Return the CDK's own object for a version of an engine."""
    return getattr(_KNOWN[engine].of, _attribute(version))


def require_known(engine: str, version: str) -> Version:
    """Return the numbers of a version, to compare it with others.

    Raises:
        InvalidArgument: the CDK does not know it for this engine, or it is a major version, which AWS fills in anew.
    """
    known = _KNOWN[engine]
    require_kind("version", version, str, f"aws_cdk.aws_rds.{known.of.__name__}")
    if not re.fullmatch(known.form, version) or _attribute(version) not in vars(known.of):
        rule = f"be a whole version of {engine} that aws-cdk-lib knows, such as {known.example!r}"
        raise InvalidArgument("version", rule, version, f"aws_cdk.aws_rds.{known.of.__name__}")
    return tuple(map(int, version.split(".")))


def require_feature(feature: Since, version: Version, *, name: str, value: object) -> None:
    """Raise `InvalidArgument` for an argument that needs what a version does not have."""
    require(feature.has(version), name, f"have {feature}", value, feature.source)


def _attribute(version: str) -> str:
    return f"VER_{version.replace('.', '_')}"
