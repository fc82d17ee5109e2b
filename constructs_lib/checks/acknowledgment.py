"""Saying, beside a resource, why a finding of the checks is right as it stands there."""

import re
from weakref import WeakKeyDictionary

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct

from constructs_lib.arguments import InvalidArgument, require

_SOURCE = "constructs_lib.checks.acknowledgment"
_COMPLIANCE_PACKS = ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321")

_PATTERN_RULE = re.compile(r"[A-Z][A-Z0-9]*-[0-9]+")
"""Rules of `PatternChecks` are called so, and none of cdk-nag's packs is in capitals."""

_known: "WeakKeyDictionary[IConstruct, Validations]" = WeakKeyDictionary()


def in_compliance_packs(*rules: str) -> tuple[str, ...]:
    """Name rules as each of cdk-nag's packs for a compliance programme does: ``HIPAA.Security-LambdaDLQ`` and so on."""
    return tuple(f"{pack}-{rule}" for pack in _COMPLIANCE_PACKS for rule in rules)


def acknowledge(construct: IConstruct, *rules: str, reason: str) -> None:
    """Accept findings on a construct, and on what it contains, for a reason that lands in the validation report.

    Args:
        construct: where the findings are reported; the nearer to the resource, the better.
        rules: ids as the report prints them, such as ``RDS-6`` or ``AwsSolutions-APIG3``. A rule of cdk-nag that
            reports several findings on one resource is acknowledged finding by finding:
            ``AwsSolutions-IAM5[Resource::*]``.
        reason: why this is right here; a sentence that a security review would accept.

    Raises:
        InvalidArgument: without a rule or without a reason, or with a name that is no rule's id.
    """
    if not rules:
        raise InvalidArgument("rules", "name at least one rule", rules, _SOURCE)
    for rule in rules:
        # Of whatever plugin: what names none would be kept, and accept nothing.
        is_id = isinstance(rule, str) and ("-" in rule or "::" in rule.strip(":"))
        require(is_id, "rules", "be ids as the report prints them, such as RDS-6", rule, _SOURCE)
    is_reason = isinstance(reason, str) and reason.strip()
    require(is_reason, "reason", "say why the finding is right here", reason, _SOURCE)
    _validations_of(construct).acknowledge(*(Acknowledgment(id=_qualified(rule), reason=reason) for rule in rules))


def _validations_of(construct: IConstruct) -> Validations:
    """Ask for a construct's validations once, however many findings on it are accepted: asking crosses into Node."""
    known = _known.get(construct)
    if known is None:
        known = _known[construct] = Validations.of(construct)
    return known


def _qualified(rule: str) -> str:
    """Put the plugin's name before a rule's id.

    CDK then filters the finding itself and keeps it, with the reason, in its report. With a bare id the pack would
    drop it without a trace.
    """
    name = rule.partition("[")[0]
    if "::" in name:
        return rule
    return f"{'PatternChecks' if _PATTERN_RULE.fullmatch(name) else name.partition('-')[0]}::{rule}"
