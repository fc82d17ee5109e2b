"""What the proxy, the users and the way to Lambda know of the database behind them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

if TYPE_CHECKING:
    from typing_extensions import TypeIs

AnyDatabase = rds.IDatabaseCluster | rds.IDatabaseInstance


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A database, new or existing."""

    database: AnyDatabase
    """As its owner knows it."""
    view: AnyDatabase
    """As the proxy's stack may use it: the same, or an import of it."""
    master_secret: secretsmanager.ISecret
    security_group: ec2.ISecurityGroup
    port: int
    parameters: rds.ParameterGroup | None = None
    """A new one's own."""
    identifier: str | None = None
    """A new one's, of which its ARN is composed: what the resource itself depends on may name that."""

    @property
    def arn_pattern(self) -> str:
        """The database's ARN; of an existing one a pattern, since what the resource depends on may not name it."""
        kind = "cluster" if is_cluster(self.database) else "db"
        return f"arn:{Aws.PARTITION}:rds:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}:{self.identifier or '*'}"


def is_cluster(database: AnyDatabase) -> "TypeIs[rds.IDatabaseCluster]":
    """Tell a cluster from an instance; an imported one has no class of its own to ask."""
    return hasattr(type(database), "cluster_identifier")
