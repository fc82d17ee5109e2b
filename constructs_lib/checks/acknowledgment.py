"""Saying, beside a resource, why a finding of the checks is right as it stands there."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

from constructs_lib.arguments import InvalidArgument


def acknowledge(construct: IConstruct, *rules: str, reason: str) -> None:
    """Accept findings on a construct, and on what it contains, for a reason that lands in the validation report.

    Args:
        construct: where the findings are reported; the nearer to the resource, the better.
        rules: ids as the report prints them, such as ``AwsSolutions-APIG3``. A rule that reports several findings on
            one resource is acknowledged finding by finding: ``AwsSolutions-IAM5[Resource::*]``.
        reason: why this is right here; a sentence that a security review would accept.

    Raises:
        InvalidArgument: without a rule or without a reason.
    """
    if not rules:
        raise InvalidArgument("rules", "name at least one rule", rules, "constructs_lib.checks.acknowledgment")
    if not reason.strip():
        raise InvalidArgument(
            "reason", "say why the finding is right here", reason, "constructs_lib.checks.acknowledgment"
        )
    Validations.of(construct).acknowledge(*(Acknowledgment(id=_qualified(rule), reason=reason) for rule in rules))


def _qualified(rule: str) -> str:
    """Put the pack's name before a rule's id.

    CDK then filters the finding itself and keeps it, with the reason, in its report. With a bare id the pack would
    drop it without a trace.
    """
    name = rule.partition("[")[0]
    return rule if "::" in name else f"{name.partition('-')[0]}::{rule}"
