"""The certificate of an edge endpoint: in us-east-1 whatever the API's region, and bound to nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, NestedStack, Stack, Stage
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain
from tests.api.domains import ACCOUNT, CERTIFICATE, DOMAIN, RECORD, api, stack_in, templates, zone_for
from tests.statements import only, resources


@pytest.fixture(scope="module")
def edge() -> dict[str, dict[str, Any]]:
    """An API in Seoul that is reached at the edge."""
    app = App()
    stack = stack_in(app, "ap-northeast-2")
    api(stack, ApiDomain("api.example.com", zone=zone_for(stack), endpoint="edge"))
    return templates(app)


def test_the_certificate_and_only_it_is_in_us_east_1(edge: dict[str, dict[str, Any]]) -> None:
    assert set(edge) == {"Desk", "Desk-EdgeCertificates"}
    assert [each["Type"] for each in edge["Desk-EdgeCertificates"]["Resources"].values()] == [CERTIFICATE]
    assert resources(edge["Desk"], CERTIFICATE) == {}


def test_the_edge_certificate_is_proven_through_the_zone(edge: dict[str, dict[str, Any]]) -> None:
    certificate = only(edge["Desk-EdgeCertificates"], CERTIFICATE)
    assert (certificate["DomainName"], certificate["ValidationMethod"]) == ("api.example.com", "DNS")
    assert certificate["DomainValidationOptions"] == [{"DomainName": "api.example.com", "HostedZoneId": "Z0123456789"}]


def test_the_certificate_is_read_weakly_and_with_no_custom_resource(edge: dict[str, dict[str, Any]]) -> None:
    reference = only(edge["Desk"], DOMAIN)["CertificateArn"]["Fn::GetStackOutput"]
    assert (reference["StackName"], reference["Region"]) == ("Desk-EdgeCertificates", "us-east-1")
    output = edge["Desk-EdgeCertificates"]["Outputs"][reference["OutputName"]]
    assert output["Value"]["Ref"] in edge["Desk-EdgeCertificates"]["Resources"]
    assert "Export" not in output
    kinds = {each["Type"] for template in edge.values() for each in template["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"]


def test_the_certificate_is_deployed_before_the_api() -> None:
    app = App()
    stack = stack_in(app, "ap-northeast-2")
    api(stack, ApiDomain("api.example.com", zone=zone_for(stack), endpoint="edge"))
    app.synth()
    assert [each.stack_name for each in stack.dependencies] == ["Desk-EdgeCertificates"]
    assert stack.dependencies[0].environment == f"aws://{ACCOUNT}/us-east-1"


def test_a_replaced_certificate_changes_the_name_that_reads_it() -> None:
    def parts(zone_id: str) -> tuple[Any, Any, Any]:
        app = App()
        stack = stack_in(app, "ap-northeast-2")
        api(stack, ApiDomain("api.example.com", zone=zone_for(stack, zone_id), endpoint="edge"))
        synthesized = templates(app)
        domain = only(synthesized["Desk"], DOMAIN)
        return domain["CertificateArn"], domain, set(resources(synthesized["Desk-EdgeCertificates"], CERTIFICATE))

    reference, domain, certificates = parts("Z1")
    # CloudFormation replaces a certificate under its own logical id when it is proven through another zone ...
    moved_reference, moved_domain, moved_certificates = parts("Z2")
    assert (moved_reference, moved_certificates) == (reference, certificates)
    # ... which the reference does not show, so something else in the name must.
    assert moved_domain != domain
    assert parts("Z1")[1] == domain


def test_a_given_certificate_that_is_replaced_changes_the_name_that_reads_it() -> None:
    def domain_with(names: list[str]) -> dict[str, Any]:
        app = App()
        certificates = stack_in(app, "us-east-1", "Certificates")
        given = acm.Certificate(certificates, "Given", domain_name="api.example.com", subject_alternative_names=names)
        stack = stack_in(app, "ap-northeast-2")
        api(stack, ApiDomain("api.example.com", certificate=given, endpoint="edge"))
        return only(templates(app)["Desk"], DOMAIN)

    one, other = domain_with([]), domain_with(["www.example.com"])
    assert one["CertificateArn"] == other["CertificateArn"]
    assert one["CertificateArn"]["Fn::GetStackOutput"]["StackName"] == "Certificates"
    assert one != other


def test_an_api_in_us_east_1_needs_no_other_stack() -> None:
    app = App()
    stack = stack_in(app, "us-east-1")
    api(stack, ApiDomain("api.example.com", zone=zone_for(stack), endpoint="edge"))
    (template,) = templates(app).values()
    assert only(template, DOMAIN)["CertificateArn"]["Ref"] in resources(template, CERTIFICATE)


def test_several_names_and_apis_of_an_account_share_the_stack() -> None:
    app = App()
    seoul, dublin = stack_in(app, "ap-northeast-2", "Seoul"), stack_in(app, "eu-west-1", "Dublin")
    api(seoul, ApiDomain("kr.example.com", zone=zone_for(seoul), endpoint="edge"))
    api(seoul, ApiDomain("api.example.com", zone=zone_for(dublin), endpoint="edge"), "Other")
    api(dublin, ApiDomain("ie.example.com", zone=zone_for(Stack(app, "Zones")), endpoint="edge"))
    synthesized = templates(app)
    certificates = resources(synthesized["Seoul-EdgeCertificates"], CERTIFICATE).values()
    assert {each["DomainName"] for each in certificates} == {"kr.example.com", "ie.example.com", "api.example.com"}
    assert [name for name in synthesized if name.endswith("EdgeCertificates")] == ["Seoul-EdgeCertificates"]


def test_apis_of_two_regions_share_a_certificate_that_is_given() -> None:
    app = App()
    certificates = stack_in(app, "us-east-1", "Certificates")
    wildcard = acm.Certificate(certificates, "Given", domain_name="*.example.com")
    for region, name in (("ap-northeast-2", "kr.example.com"), ("eu-west-1", "ie.example.com")):
        stack = stack_in(app, region, region)
        api(stack, ApiDomain(name, zone=zone_for(stack), certificate=wildcard, endpoint="edge"))
    synthesized = templates(app)
    (made,) = resources(synthesized["Certificates"], CERTIFICATE)
    assert set(synthesized) == {"Certificates", "ap-northeast-2", "eu-west-1"}
    for region in ("ap-northeast-2", "eu-west-1"):
        reference = only(synthesized[region], DOMAIN)["CertificateArn"]["Fn::GetStackOutput"]
        output = synthesized["Certificates"]["Outputs"][reference["OutputName"]]
        assert (reference["StackName"], output["Value"]) == ("Certificates", {"Ref": made})


def test_a_wildcard_has_a_certificate_of_its_own() -> None:
    app = App()
    stack = stack_in(app, "ap-northeast-2")
    zone = zone_for(stack)
    api(stack, ApiDomain("*.example.com", zone=zone, endpoint="edge"))
    api(stack, ApiDomain("wildcard.example.com", zone=zone, endpoint="edge"), "Other")
    certificates = resources(templates(app)["Desk-EdgeCertificates"], CERTIFICATE).values()
    assert {each["DomainName"] for each in certificates} == {"*.example.com", "wildcard.example.com"}
    # A star in a tag fails the deployment.
    assert "*" not in str([each["Tags"] for each in certificates])


def test_each_account_has_its_own_stack() -> None:
    app = App()
    for name, account in (("Test", "111111111111"), ("Live", "222222222222")):
        stack = Stack(app, name, env=Environment(account=account, region="eu-west-1"))
        api(stack, ApiDomain(f"{name.lower()}.example.com", zone=zone_for(stack), endpoint="edge"))
    homes = {each.stack_name: each.environment.account for each in app.synth().stacks}
    assert homes["Test-EdgeCertificates"] == "111111111111"
    assert homes["Live-EdgeCertificates"] == "222222222222"


def test_each_stage_has_its_own_stack() -> None:
    app = App()
    for name in ("Test", "Live"):
        stage = Stage(app, name, env=Environment(account=ACCOUNT, region="eu-west-1"))
        stack = Stack(stage, "Desk")
        api(stack, ApiDomain(f"{name.lower()}.example.com", zone=zone_for(stack), endpoint="edge"))
        assert {each.stack_name for each in stage.synth().stacks} == {
            f"{name}-Desk",
            f"{name}-Desk-EdgeCertificates",
        }


def test_two_apps_of_an_account_do_not_take_each_others_stack() -> None:
    names = []
    for name in ("Desk", "Shop"):
        app = App()
        stack = stack_in(app, "eu-west-1", name)
        api(stack, ApiDomain(f"{name.lower()}.example.com", zone=zone_for(stack), endpoint="edge"))
        names += list(templates(app))
    assert len(set(names)) == 4


def test_an_api_in_a_nested_stack_reads_it_too() -> None:
    app = App()
    desk = Stack(app, "Desk", env=Environment(region="eu-west-1"))
    nested = NestedStack(desk, "Apis")
    api(nested, ApiDomain("api.example.com", zone=zone_for(nested), endpoint="edge"))
    assembly = app.synth()
    assert {each.stack_name for each in assembly.stacks} == {"Desk", "Desk-EdgeCertificates"}
    template = json.loads((Path(assembly.directory) / nested.template_file).read_text())
    reference = only(template, DOMAIN)["CertificateArn"]["Fn::GetStackOutput"]
    assert (reference["StackName"], reference["Region"]) == ("Desk-EdgeCertificates", "us-east-1")


def test_a_zone_of_another_stack_binds_nothing() -> None:
    app = App()
    zones = stack_in(app, "eu-west-1", "Zones")
    zone = route53.PublicHostedZone(zones, "Zone", zone_name="example.com")
    stack = stack_in(app, "ap-northeast-2")
    api(stack, ApiDomain("api.example.com", zone=zone, endpoint="edge"))
    synthesized = templates(app)
    (option,) = only(synthesized["Desk-EdgeCertificates"], CERTIFICATE)["DomainValidationOptions"]
    assert option["HostedZoneId"]["Fn::GetStackOutput"]["StackName"] == "Zones"
    for record in resources(synthesized["Desk"], RECORD).values():
        assert record["HostedZoneId"]["Fn::GetStackOutput"]["StackName"] == "Zones"
    assert "Export" not in json.dumps(synthesized["Zones"])


def test_removing_an_edge_domain_deadlocks_nothing() -> None:
    """What CloudFormation refuses is the removal of an export that is in use; there must be none."""
    app = App()
    certificates = stack_in(app, "eu-west-1", "Certificates")
    given = acm.Certificate(certificates, "Given", domain_name="ie.example.com")
    stack = stack_in(app, "eu-west-1")
    zone = route53.PublicHostedZone(stack_in(app, "eu-west-1", "Zones"), "Zone", zone_name="example.com")
    api(stack, ApiDomain("api.example.com", zone=zone, endpoint="edge"))
    api(stack, ApiDomain("ie.example.com", zone=zone, certificate=given), "Other")
    text = json.dumps(templates(app))
    assert "Fn::GetStackOutput" in text
    assert '"Export"' not in text
    assert "Fn::ImportValue" not in text
