"""The least TLS that a domain name takes, and what goes along with it."""

from aws_cdk import aws_apigateway as apigateway

from constructs_lib.arguments import InvalidArgument, require, require_kind, require_one_of

_SOURCE = "Choose a security policy for your custom domain in API Gateway"
_POLICIES = "Supported security policies, Amazon API Gateway"

# The page's, with those that the API reference of CreateDomainName adds, and without TLS_1_0, which nobody needs.
_OFF_EDGE = (
    "TLS_1_2",
    "SecurityPolicy_TLS13_1_2_2021_06",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09",
    "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
    "SecurityPolicy_TLS13_1_3_2025_09",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
)
_AT_EDGE = (
    "TLS_1_2",
    "SecurityPolicy_TLS12_2018_EDGE",
    "SecurityPolicy_TLS12_PFS_2025_EDGE",
    "SecurityPolicy_TLS13_2025_EDGE",
)


def name_of(policy: apigateway.SecurityPolicy | str) -> str:
    """Spell a policy as CloudFormation does; the CDK's names leave the prefix out."""
    if not isinstance(policy, apigateway.SecurityPolicy):
        return policy
    return policy.name if policy.name.startswith("TLS_") else f"SecurityPolicy_{policy.name}"


def require_policy(
    policy: apigateway.SecurityPolicy | str, mode: apigateway.EndpointAccessMode | None, *, endpoint: str
) -> None:
    """Raise `InvalidArgument` unless an endpoint takes a policy, and the policy an access mode just as it is given."""
    name = name_of(policy)
    if mode is not None:
        require_kind("endpoint_access_mode", mode, apigateway.EndpointAccessMode, _SOURCE)
    require_one_of("security_policy", name, _AT_EDGE if endpoint == "edge" else _OFF_EDGE, _POLICIES)
    if is_enhanced(name) and mode is None:
        rule = f"be given with {name}: STRICT, or BASIC while clients move"
        raise InvalidArgument("endpoint_access_mode", rule, mode, _SOURCE)
    require(mode is None or name != "TLS_1_2", "endpoint_access_mode", "be left out with TLS_1_2", mode, _SOURCE)


def is_enhanced(policy: apigateway.SecurityPolicy | str) -> bool:
    """Tell whether a policy is one of those that want an access mode and exclude mutual TLS."""
    return name_of(policy).startswith("SecurityPolicy_")
