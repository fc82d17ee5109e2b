"""Log groups of what is asked of an API."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.arguments import require
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.log_encryption import let_logs_use


def require_finite(retention: logs.RetentionDays, source: str) -> None:
    """Raise `InvalidArgument` for logs that are kept for ever."""
    require(retention != logs.RetentionDays.INFINITE, "log_retention", "end some day", retention.name, source)


def request_log(
    scope: Construct, id: str, *, retention: logs.RetentionDays, key: kms.IKey | None, name: str | None = None
) -> logs.LogGroup:
    """Make a group; one without a name of its own outlives what writes it, as evidence should.

    A name is given because the service that writes asks for it: a group that stayed would block the next deployment.

    Args:
        scope: the construct that the group belongs to.
        id: the construct id.
        retention: how long a line is kept.
        key: encrypts the group; a key of this app learns to let CloudWatch Logs use it, an imported one must let it.
            None leaves the group to a key of AWS's.
        name: of the group; None has CloudFormation make one up.
    """
    if key:
        let_logs_use(key)
    removal = RemovalPolicy.DESTROY if name else RemovalPolicy.RETAIN
    group = logs.LogGroup(
        scope, id, log_group_name=name, retention=retention, encryption_key=key, removal_policy=removal
    )
    if not key:
        acknowledge(
            group,
            *in_compliance_packs("CloudWatchLogGroupEncrypted"),
            reason="CloudWatch encrypts it with a key of its own; who asked what stands in it, but no token and no "
            "body. The owner may give another: log_encryption_key.",
        )
    return group
