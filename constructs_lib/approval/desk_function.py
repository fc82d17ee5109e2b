"""The desk's functions: what they have in common."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.python_function import PythonFunction

_RUNTIME = Path(__file__).with_name("runtime")
_CHOICES = {
    "LambdaDLQ": "It is called by API Gateway or by a stream, never asynchronously; what a stream cannot deliver lies "
    "in the stream's own dead-letter queue.",
    "LambdaInsideVPC": "It reaches services of AWS only, over TLS and with its role's rights; nothing that it needs is "
    "in a VPC.",
    "LambdaConcurrency": "Its callers limit it: the API by its rate, a stream by one batch a shard. A reservation "
    "would take from the account's functions what this one seldom needs.",
}


def desk_function(
    scope: Construct,
    id: str,
    *,
    handler: str,
    timeout: Duration,
    encryption_key: kms.IKey | None,
    environment: Mapping[str, str] | None = None,
    modules: Sequence[str] = (),
) -> PythonFunction:
    """Make a function of the desk's; a key of the user's encrypts its logs, too."""
    function = PythonFunction(
        scope,
        id,
        source=_RUNTIME,
        handler=handler,
        timeout=timeout,
        environment=environment,
        modules=modules,
        log_encryption_key=encryption_key,
    )
    for rule, reason in _CHOICES.items():
        acknowledge(function, *in_compliance_packs(rule), reason=reason)
    if encryption_key is None:
        acknowledge_logs(function.log_group)
    return function


def acknowledge_logs(log_group: logs.ILogGroup) -> None:
    """Say why logs are not encrypted with a key of the user's."""
    reason = (
        "No encryption_key was given; CloudWatch Logs encrypts with a key of its own, and no log holds a task token."
    )
    acknowledge(log_group, *in_compliance_packs("CloudWatchLogGroupEncrypted"), reason=reason)
