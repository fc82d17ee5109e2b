"""What the rule packs and cfn-lint say of an API's names, in each of their forms: nothing but what is acknowledged."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from json import dumps
from pathlib import Path

import pytest
from aws_cdk import App
from aws_cdk import aws_ec2 as ec2
from aws_cdk.aws_apigateway import EndpointAccessMode, SecurityPolicy
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from constructs_lib import ApiDomain
from constructs_lib.checks import add_checks
from tests.api.domains import api, certificate_in, private_api, stack_in, templates, vpc_endpoint_in, zone_for
from tests.api.networks import imported_endpoint
from tests.api.test_mutual_tls import truststore

PACKS = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks)
REGION = "eu-west-1"


def wildcard(app: App) -> None:
    stack = stack_in(app, REGION)
    api(stack, ApiDomain("*.example.com", zone=zone_for(stack)))


def wildcard_at_the_edge(app: App) -> None:
    stack = stack_in(app, REGION)
    domain = ApiDomain(
        "*.example.com",
        zone=zone_for(stack),
        endpoint="edge",
        security_policy=SecurityPolicy.TLS13_2025_EDGE,
        endpoint_access_mode=EndpointAccessMode.STRICT,
    )
    api(stack, domain)


def shared(app: App) -> None:
    one, two = stack_in(app, REGION, "One"), stack_in(app, REGION, "Two")
    domain = ApiDomain("api.example.com", zone=zone_for(one))
    api(one, domain)
    api(one, replace(domain, base_path="v2/orders"), "Second")
    api(two, replace(domain, base_path="v3"))
    api(two, replace(domain, base_path="v4/orders"), "Second")


def mutual_tls(app: App) -> None:
    stack = stack_in(app, REGION)
    domain = ApiDomain(
        "api.example.com",
        zone=zone_for(stack),
        certificate=certificate_in(stack, REGION),
        mutual_tls=truststore(stack),
        ownership_certificate=certificate_in(stack, REGION, "Proof"),
    )
    api(stack, domain)


def private(app: App) -> None:
    stack = stack_in(app, REGION)
    way = vpc_endpoint_in(stack, ec2.VpcEndpointIpAddressType.DUALSTACK)
    private_api(stack, ApiDomain("api.example.com", zone=zone_for(stack), endpoint="private"), [way])


def private_and_shared(app: App) -> None:
    one, two = stack_in(app, REGION, "One"), stack_in(app, REGION, "Two")
    domain = ApiDomain("api.example.com", certificate=certificate_in(one, REGION), endpoint="private")
    private_api(one, domain, [imported_endpoint(one)])
    private_api(two, replace(domain, base_path="v2"), [imported_endpoint(two)])


FORMS: list[Callable[[App], None]] = [
    wildcard,
    wildcard_at_the_edge,
    shared,
    mutual_tls,
    private,
    private_and_shared,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All forms, judged by all packs as they are synthesized; a finding that is an error fails the synth."""
    made = tmp_path_factory.mktemp("templates")
    for build in FORMS:
        app = App()
        build(app)
        add_checks(app, nag=PACKS)
        for stack, template in templates(app).items():
            (made / f"{build.__name__}-{stack}.json").write_text(dumps(template))
    return made


def test_no_pack_finds_an_error(folder: Path) -> None:
    assert {template.name.partition("-")[0] for template in folder.iterdir()} == {form.__name__ for form in FORMS}


def test_cfn_lint_finds_nothing(folder: Path) -> None:
    # W3005: a dependency that a reference implies too. The CDK writes such for whole constructs.
    lint = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005"]
    command = [*lint, "--non-zero-exit-code", "informational", "--", *map(str, folder.iterdir())]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
