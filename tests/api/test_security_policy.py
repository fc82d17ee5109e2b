"""What TLS a name may speak at each endpoint."""

from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.aws_apigateway import EndpointAccessMode, SecurityPolicy

from constructs_lib import ApiDomain, InvalidArgument
from constructs_lib.api.security_policy import name_of
from constructs_lib.testing import template_of
from tests.api.domains import DOMAIN, PRIVATE_DOMAIN, api, certificate_in, stack_in
from tests.statements import only

STRICT = EndpointAccessMode.STRICT
AT_EDGE: list[SecurityPolicy | str] = [
    SecurityPolicy.TLS13_2025_EDGE,
    SecurityPolicy.TLS12_PFS_2025_EDGE,
    SecurityPolicy.TLS12_2018_EDGE,
]
OFF_EDGE: list[SecurityPolicy | str] = [
    SecurityPolicy.TLS13_1_3_2025_09,
    SecurityPolicy.TLS13_1_3_FIPS_2025_09,
    SecurityPolicy.TLS13_1_2_PQ_2025_09,
    SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
    "SecurityPolicy_TLS13_1_2_2021_06",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
]


def domain(endpoint: str, policy: SecurityPolicy | str, mode: EndpointAccessMode | None) -> ApiDomain:
    region = "us-east-1" if endpoint == "edge" else "eu-west-1"
    given = certificate_in(stack_in(App(), region), region)
    return ApiDomain(
        "api.example.com",
        certificate=given,
        endpoint=endpoint,  # type: ignore[arg-type]
        security_policy=policy,
        endpoint_access_mode=mode,
    )


@pytest.mark.parametrize(
    ("endpoint", "policies", "others"),
    [("regional", OFF_EDGE, AT_EDGE), ("private", OFF_EDGE, AT_EDGE), ("edge", AT_EDGE, OFF_EDGE)],
)
def test_an_endpoint_takes_its_own_policies_and_no_other(
    endpoint: str, policies: list[SecurityPolicy | str], others: list[SecurityPolicy | str]
) -> None:
    for policy in policies:
        assert domain(endpoint, policy, STRICT).security_policy == policy
    for policy in others:
        with pytest.raises(InvalidArgument, match=f"security_policy must be one of .* got '{name_of(policy)}'"):
            domain(endpoint, policy, STRICT)


@pytest.mark.parametrize("endpoint", ["regional", "edge", "private"])
@pytest.mark.parametrize("policy", [SecurityPolicy.TLS_1_0, "TLS_1_0", "TLS_1_3", 1.2])
def test_tls_1_0_and_what_does_not_exist_are_refused(endpoint: str, policy: Any) -> None:
    with pytest.raises(InvalidArgument, match="security_policy must be one of 'TLS_1_2'"):
        domain(endpoint, policy, None)


@pytest.mark.parametrize("endpoint", ["regional", "edge", "private"])
def test_an_access_mode_comes_with_an_enhanced_policy_and_with_no_other(endpoint: str) -> None:
    enhanced = AT_EDGE[0] if endpoint == "edge" else OFF_EDGE[0]
    with pytest.raises(InvalidArgument, match=f"endpoint_access_mode must be given with {name_of(enhanced)}: STRICT"):
        domain(endpoint, enhanced, None)
    with pytest.raises(InvalidArgument, match="endpoint_access_mode must be left out with TLS_1_2"):
        domain(endpoint, SecurityPolicy.TLS_1_2, STRICT)
    with pytest.raises(InvalidArgument, match="endpoint_access_mode must be a EndpointAccessMode, got 'strict'"):
        domain(endpoint, enhanced, "strict")  # type: ignore[arg-type]


@pytest.mark.parametrize(("endpoint", "kind"), [("regional", DOMAIN), ("private", PRIVATE_DOMAIN)])
@pytest.mark.parametrize("policy", [SecurityPolicy.TLS13_1_3_2025_09, "SecurityPolicy_TLS13_1_3_2025_09"])
@pytest.mark.parametrize("mode", EndpointAccessMode)
def test_a_policy_is_spelled_as_cloudformation_wants_it(
    endpoint: str, kind: str, policy: SecurityPolicy | str, mode: EndpointAccessMode
) -> None:
    stack = stack_in(App(), "eu-west-1")
    api(stack, domain(endpoint, policy, mode))
    name = only(template_of(stack), kind)
    assert name["SecurityPolicy"] == "SecurityPolicy_TLS13_1_3_2025_09"
    assert name["EndpointAccessMode"] == mode.value


@pytest.mark.parametrize(("endpoint", "kind"), [("regional", DOMAIN), ("private", PRIVATE_DOMAIN)])
def test_a_policy_that_wants_no_mode_gets_none(endpoint: str, kind: str) -> None:
    stack = stack_in(App(), "eu-west-1")
    api(stack, domain(endpoint, SecurityPolicy.TLS_1_2, None))
    assert "EndpointAccessMode" not in only(template_of(stack), kind)


def test_the_cdk_knows_no_policy_that_this_library_does_not() -> None:
    known = {name_of(policy) for policy in [*AT_EDGE, *OFF_EDGE, SecurityPolicy.TLS_1_2, SecurityPolicy.TLS_1_0]}
    assert {name_of(policy) for policy in SecurityPolicy} <= known
