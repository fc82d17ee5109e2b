"""A web application firewall with AWS's own rules."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Names, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from constructs_lib.api.log_group import request_log, require_finite
from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.quotas import WAF_RATE_LIMIT

Acl = wafv2.CfnWebACL

_SOURCE = "constructs_lib.Firewall"
_COMMON = "AWSManagedRulesCommonRuleSet"
# In the order in which they are asked: who calls, then what they send.
_GROUPS = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet", _COMMON)


class Firewall(Construct):
    """Refuses, with 403 and before anything else is asked, requests that AWS knows to be attacks, and floods.

    Rules that AWS keeps up to date refuse callers of ill repute, known exploits, and what is common to attacks on the
    web, requests without a ``User-Agent`` among it; an address that sends too many requests is refused until it sends
    fewer. One firewall may serve many APIs of its account and region: ``ProtectedApi(web_acl=firewall)``.

    What it refused or would have refused is logged, and ten of a hundred requests or so may be looked at in the console
    for three hours; the headers that tell a caller's secrets are blackened in both.

    Costs: 9 US$ a month, 0.60 US$ for a million requests, and the logs.

    Attributes:
        web_acl: the web ACL; for a change of its rules, set ``web_acl.rules``.
        log: what was refused, or would have been by a rule that only counts.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        requests_per_address: int = 2000,
        large_bodies: bool = True,
        secret_headers: Sequence[str] = ("authorization", "cookie"),
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        log_encryption_key: kms.IKey | None = None,
    ) -> None:
        """Make the web ACL and its log.

        Args:
            scope: the construct that the firewall belongs to.
            id: the construct id.
            requests_per_address: what an IP address may send within five minutes, 10 to 2,000,000,000
                (RateBasedStatement, AWS WAFV2 API Reference). All people of an office may share one.
            large_bodies: whether bodies above 8 KB pass; AWS's rule against them (``SizeRestrictions_BODY``) then only
                counts. The firewall looks at the first 16 KB of a body, API Gateway takes 10 MB.
            secret_headers: the headers that are blackened, in lower case; name that of an ``Auth.custom`` too.
            log_retention: how long the log is kept; not for ever.
            log_encryption_key: encrypts the log. A key of this app learns to let CloudWatch Logs use it, an imported
                one must let it already. None leaves the log to a key of AWS's.

        Raises:
            InvalidArgument: a limit out of range, no list of headers, endless retention, or a switch that is none.
        """
        require_within("requests_per_address", requests_per_address, WAF_RATE_LIMIT)
        require(not isinstance(secret_headers, str), "secret_headers", "be a list of headers", secret_headers, _SOURCE)
        require_kind("large_bodies", large_bodies, bool, _SOURCE)
        require_finite(log_retention, _SOURCE)
        super().__init__(scope, id)
        self.web_acl = Acl(
            self,
            "WebAcl",
            scope="REGIONAL",
            default_action=Acl.DefaultActionProperty(allow={}),
            visibility_config=_visibility("Firewall"),
            data_protection_config=_blackened(secret_headers) if secret_headers else None,
            rules=[
                _rate_rule(requests_per_address),
                *(
                    _managed_rule(group, priority, only_count=_only_count(group, large_bodies))
                    for priority, group in enumerate(_GROUPS, start=1)
                ),
            ],
        )
        # AWS WAF writes to groups of this name only, and makes itself the right to.
        name = f"aws-waf-logs-{Names.unique_resource_name(self, separator='-')}"
        self.log = request_log(self, "Log", retention=log_retention, key=log_encryption_key, name=name)
        wafv2.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.web_acl.attr_arn,
            log_destination_configs=[_arn_of(self.log)],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [{"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT")],
                    }
                ],
            },
        )


def _rate_rule(limit: int) -> wafv2.CfnWebACL.RuleProperty:
    return Acl.RuleProperty(
        name="TooManyRequests",
        priority=0,
        action=Acl.RuleActionProperty(block={}),
        statement=Acl.StatementProperty(
            rate_based_statement=Acl.RateBasedStatementProperty(limit=limit, aggregate_key_type="IP")
        ),
        visibility_config=_visibility("TooManyRequests"),
    )


def _managed_rule(group: str, priority: int, *, only_count: Sequence[str]) -> wafv2.CfnWebACL.RuleProperty:
    return Acl.RuleProperty(
        name=group,
        priority=priority,
        override_action=Acl.OverrideActionProperty(none={}),
        statement=Acl.StatementProperty(
            managed_rule_group_statement=Acl.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=group,
                rule_action_overrides=[
                    Acl.RuleActionOverrideProperty(name=rule, action_to_use=Acl.RuleActionProperty(count={}))
                    for rule in only_count
                ]
                or None,
            )
        ),
        visibility_config=_visibility(group),
    )


def _only_count(group: str, large_bodies: bool) -> list[str]:
    return ["SizeRestrictions_BODY"] if large_bodies and group == _COMMON else []


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    return Acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, sampled_requests_enabled=True, metric_name=name
    )


def _blackened(headers: Sequence[str]) -> wafv2.CfnWebACL.DataProtectionConfigProperty:
    """Have headers replaced wherever AWS WAF tells of a request, not in its log only."""
    return Acl.DataProtectionConfigProperty(
        data_protections=[
            Acl.DataProtectProperty(
                action="SUBSTITUTION",
                field=Acl.FieldToProtectProperty(field_type="SINGLE_HEADER", field_keys=list(headers)),
            )
        ]
    )


def _arn_of(group: logs.LogGroup) -> str:
    """Return a log group's ARN without the ``:*`` at the end, which AWS WAF does not take."""
    return Stack.of(group).format_arn(
        service="logs",
        resource="log-group",
        resource_name=group.log_group_name,
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
