"""The rules of APIs' names: certificates, records, TLS."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, template, without

EDGE, REGIONAL = "Name.Properties.CertificateArn", "Name.Properties.RegionalCertificateArn"
TYPES = "Name.Properties.EndpointConfiguration"
ELSEWHERE = "arn:aws:acm:eu-west-2:111122223333:certificate/0d7b"
OPEN_REGION = {"Fn::Sub": "arn:aws:acm:${AWS::Region}:${AWS::AccountId}:certificate/0d7b"}
UNKNOWN: list[Any] = [
    {"Ref": "Certificate"},
    {"Fn::ImportValue": "certificate"},
    {"Fn::Sub": "arn:aws:acm:${Region}:111122223333:certificate/0d7b"},
    {"Fn::If": ["Live", ELSEWHERE, {"Ref": "AWS::NoValue"}]},
    "arn:aws:iam::111122223333:server-certificate/old",
    "certificate",
    12,
    [ELSEWHERE],
]
PARAMETER: dict[str, Any] = {
    "Certificate": {"Type": "String"},
    "Region": {"Type": "String"},
    "Live": {"Type": "String"},
}


def made(template_: dict[str, Any], **sections: Any) -> dict[str, Any]:
    return {**template_, "Conditions": {"Live": {"Fn::Equals": [{"Ref": "Live"}, "yes"]}}, **sections}


@pytest.mark.parametrize("certificate", [ELSEWHERE, OPEN_REGION, {"Ref": "Default"}])
@pytest.mark.parametrize("types", [{"Types": ["EDGE"]}, {"Ref": "AWS::NoValue"}])
def test_edge_certificate_elsewhere(certificate: Any, types: Any) -> None:
    body = changed(changed(right("API-1"), EDGE, certificate), TYPES, types)
    body["Parameters"] = {"Default": {"Type": "String", "Default": ELSEWHERE}}
    assert found(body) == [("API-1", "Name/Properties/CertificateArn")]


@pytest.mark.parametrize("certificate", UNKNOWN)
def test_edge_certificate_unknown(certificate: Any) -> None:
    assert found(made(changed(right("API-1"), EDGE, certificate), Parameters=PARAMETER)) == []


@pytest.mark.parametrize("types", [{"Types": ["REGIONAL"]}, {"Types": {"Ref": "Types"}}, {"Ref": "Types"}])
def test_certificate_of_what_is_not_surely_an_edge_name(types: Any) -> None:
    body = changed(changed(right("API-1"), EDGE, ELSEWHERE), TYPES, types)
    assert found({**body, "Parameters": {"Types": {"Type": "CommaDelimitedList"}}}) == []


def test_edge_certificate_in_its_region() -> None:
    assert found(stack(changed(right("API-1"), EDGE, OPEN_REGION), region="us-east-1")) == []
    assert found(stack(changed(right("API-1"), EDGE, OPEN_REGION), region="")) == []


CERTIFICATE = {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "api.example.com"}}


def other_stack(region: str) -> Any:
    exported = {"Value": {"Ref": "Certificate"}, "Export": {"Name": "certificate"}}
    return stack({"Resources": {"Certificate": CERTIFICATE}, "Outputs": {"Arn": exported}}, "Other", region=region)


def test_edge_certificate_of_the_same_stack() -> None:
    body = changed(changed(right("API-1"), EDGE, {"Ref": "Certificate"}), "Certificate", CERTIFICATE)
    assert found(body) == [("API-1", "Name/Properties/CertificateArn")]
    assert found(stack(body, region="us-east-1")) == []
    assert found(stack(body, region="")) == []


@pytest.mark.parametrize(("region", "expected"), [("us-east-1", []), ("eu-west-1", ["API-1"]), ("", [])])
def test_edge_certificate_of_another_stack(region: str, expected: list[str]) -> None:
    output = {"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "Arn", "Region": region}}
    body = changed(right("API-1"), EDGE, output)
    assert [rule for rule, _ in found(body, other_stack(region))] == expected


def test_edge_certificate_that_is_imported() -> None:
    body = changed(right("API-1"), EDGE, {"Fn::ImportValue": "certificate"})
    assert [rule for rule, _ in found(body, other_stack("eu-west-1"))] == ["API-1"]


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"DomainName": "api.example.com", "Region": "us-east-1"}, []),
        ({"DomainName": "api.example.com", "Region": "eu-west-1"}, ["API-1"]),
        ({"DomainName": "api.example.com", "Region": {"Ref": "Region"}}, []),
        ({"DomainName": "api.example.com"}, []),
        ({"Region": "eu-west-1"}, []),
    ],
)
@pytest.mark.parametrize("type", ["AWS::CloudFormation::CustomResource", "Custom::DnsValidatedCertificate"])
def test_edge_certificate_of_the_cdks_custom_resource(type: str, properties: Any, expected: list[str]) -> None:
    body = changed(right("API-1"), EDGE, {"Fn::GetAtt": ["Requested", "Arn"]})
    body = changed(body, "Requested", {"Type": type, "Properties": {"ServiceToken": "arn", **properties}})
    assert [rule for rule, _ in found({**body, "Parameters": PARAMETER})] == expected


def test_edge_certificate_of_something_else() -> None:
    body = changed(right("API-1"), EDGE, {"Fn::GetAtt": ["Topic", "TopicArn"]})
    assert found(changed(body, "Topic", {"Type": "AWS::SNS::Topic"})) == []


def test_regional_certificate_elsewhere() -> None:
    body = changed(right("API-2"), REGIONAL, ELSEWHERE)
    assert found(body) == [("API-2", "Name/Properties/RegionalCertificateArn")]
    assert found(stack(body, region="eu-west-2")) == []
    assert found(stack(body, region="")) == []


@pytest.mark.parametrize("certificate", [*UNKNOWN, OPEN_REGION])
def test_regional_certificate_unknown_or_here(certificate: Any) -> None:
    assert found(made(changed(right("API-2"), REGIONAL, certificate), Parameters=PARAMETER)) == []


def test_regional_certificate_of_what_is_no_regional_name() -> None:
    assert found(changed(changed(right("API-2"), REGIONAL, ELSEWHERE), TYPES, {"Types": ["EDGE"]})) == []


def test_regional_certificate_of_other_names() -> None:
    body = template(
        f"""
        Resources:
          Private:
            Type: AWS::ApiGateway::DomainNameV2
            Properties: {{DomainName: in.example.com, CertificateArn: "{ELSEWHERE}"}}
          Http:
            Type: AWS::ApiGatewayV2::DomainName
            Properties:
              DomainName: http.example.com
              DomainNameConfigurations: [{{CertificateArn: "{ELSEWHERE}"}}]
        """
    )
    assert found(body) == [
        ("API-2", "Private/Properties/CertificateArn"),
        ("API-2", "Http/Properties/DomainNameConfigurations/0/CertificateArn"),
    ]
    assert found(stack(body, region="eu-west-2")) == []


NO_RECORD = [("API-3", "Name/Properties")]


def named_only(name: Any) -> dict[str, Any]:
    """The right template with a record that has the name, and leads elsewhere."""
    body = changed(right("API-3"), "Record.Properties.Name", name)
    return changed(body, "Record.Properties.AliasTarget", {"DNSName": "d-1.example.net", "HostedZoneId": "Z1"})


def test_no_record() -> None:
    (finding,) = findings(without(right("API-3"), "Record"))
    assert (finding.rule, finding.severity) == ("API-3", "warning")
    assert finding.message == "no record leads from api.example.com to the API"


@pytest.mark.parametrize("name", ["api.example.com.", "API.example.com", "*.example.com"])
def test_record_of_the_name(name: str) -> None:
    assert found(named_only(name)) == []


@pytest.mark.parametrize("name", ["www.example.com", "example.com", "*.api.example.com"])
def test_record_of_another_name(name: str) -> None:
    assert found(named_only(name)) == NO_RECORD


def test_record_of_a_name_that_is_not_known() -> None:
    assert found({**named_only({"Ref": "Domain"}), "Parameters": {"Domain": {"Type": "String"}}}) == []
    by_reference = named_only({"Ref": "Name"})
    assert found(by_reference) == []
    other = {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": {"DomainName": "http.example.com"}}
    assert found(changed(by_reference, "Http", other)) == [("API-3", "Http/Properties")]


def test_record_that_leads_to_the_name_only() -> None:
    assert found(changed(right("API-3"), "Record.Properties.Name", "other.example.com")) == []


def test_record_in_a_group_or_as_cname() -> None:
    body = without(right("API-3"), "Record")
    record = {"Name": "x.example.com", "Type": "CNAME", "ResourceRecords": [{"Fn::GetAtt": "Name.RegionalDomainName"}]}
    group = {"Type": "AWS::Route53::RecordSetGroup", "Properties": {"HostedZoneId": "Z1", "RecordSets": [record]}}
    assert found(changed(body, "Records", group)) == []


def test_record_of_another_stack() -> None:
    body = without(right("API-3"), "Record")
    body["Outputs"] = {"Target": {"Value": {"Fn::GetAtt": ["Name", "RegionalDomainName"]}}}
    told = {"Fn::GetStackOutput": {"StackName": "Stack", "OutputName": "Target"}}
    record = {"Type": "AWS::Route53::RecordSet", "Properties": {"Name": "x.example.com", "ResourceRecords": [told]}}
    assert found(body, stack({"Resources": {"Record": record}}, "Dns")) == []


TARGET = {"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Name", "RegionalDomainName"]}]]}


@pytest.mark.parametrize(
    "type",
    [
        "Custom::Record",
        "AWS::CloudFormation::CustomResource",
        "AWS::CloudFormation::Stack",
        "AWS::CloudFront::Distribution",
    ],
)
def test_whoever_is_told_may_make_the_record(type: str) -> None:
    body = without(right("API-3"), "Record")
    assert found(changed(body, "Told", {"Type": type, "Properties": {"Target": [{"At": TARGET}]}})) == []


def test_a_reader_of_an_output_may_make_the_record() -> None:
    body = without(right("API-3"), "Record")
    assert found({**body, "Outputs": {"Target": {"Value": TARGET}}}) == []
    assert found({**body, "Outputs": {"Target": {"Value": TARGET["Fn::Join"][1][1]}}}) == []
    assert found({**body, "Outputs": {"Name": {"Value": {"Ref": "Name"}}, "Odd": 1}}) == NO_RECORD


def test_other_resources_are_no_record() -> None:
    mapping = {"Type": "AWS::ApiGateway::BasePathMapping", "Properties": {"DomainName": TARGET}}
    assert found(changed(without(right("API-3"), "Record"), "Mapping", mapping)) == NO_RECORD


@pytest.mark.parametrize("zone", ["example.com.", "api.example.com", "EXAMPLE.com"])
def test_zones_above_the_name(zone: str) -> None:
    assert found(changed(without(right("API-3"), "Record"), "Zone.Properties.Name", zone)) == NO_RECORD


@pytest.mark.parametrize("zone", ["example.org", "i.example.com", "ample.com", {"Ref": "Unknown"}, {"Ref": "Zone"}, 1])
def test_zones_elsewhere(zone: Any) -> None:
    assert found(changed(without(right("API-3"), "Record"), "Zone.Properties.Name", zone)) == []


def test_zone_that_only_records_name() -> None:
    record = {"Name": "www.example.com", "HostedZoneName": "example.com.", "Type": "A"}
    body = changed(right("API-2"), "Www", {"Type": "AWS::Route53::RecordSet", "Properties": record})
    assert found(body) == NO_RECORD
    assert found(without(body, "Www.Properties.HostedZoneName")) == []


@pytest.mark.parametrize(("zone", "expected"), [({"HostedZoneId": "Z1"}, NO_RECORD), ({}, [])])
def test_zone_that_validates_the_certificate(zone: dict[str, str], expected: Any) -> None:
    validated = {"DomainValidationOptions": [{"DomainName": "api.example.com", **zone}]}
    certificate = {"Type": "AWS::CertificateManager::Certificate", "Properties": validated}
    body = changed(changed(right("API-2"), REGIONAL, {"Ref": "Certificate"}), "Certificate", certificate)
    assert found(body) == expected
    configurations = [{"CertificateArn": {"Ref": "Certificate"}}]
    properties = {"DomainName": "api.example.com", "DomainNameConfigurations": configurations}
    assert found(changed(body, "Name", {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": properties})) == expected
    domain = changed(body, "Name.Properties.DomainName", {"Ref": "Unknown"})
    assert found(domain) == expected


POLICY = [("API-6", "Name/Properties/SecurityPolicy")]


def speaking(policy: Any, **properties: Any) -> dict[str, Any]:
    body = changed(right("API-6"), "Name.Properties.SecurityPolicy", policy)
    body["Resources"]["Name"]["Properties"].update(properties)
    return body


ENHANCED = "SecurityPolicy_TLS13_1_3_2025_09"
MUTUAL = {"MutualTlsAuthentication": {"TruststoreUri": "s3://trust/store.pem"}}


def test_old_tls() -> None:
    assert found(speaking("TLS_1_0")) == POLICY


@pytest.mark.parametrize("policy", ["TLS_1_2", {"Ref": "Unknown"}, 1.0, ["TLS_1_0"], {"Ref": "AWS::NoValue"}])
def test_new_or_unknown_tls(policy: Any) -> None:
    assert found(speaking(policy)) == []
    assert found(speaking(policy, **MUTUAL)) == []


def test_enhanced_policies() -> None:
    assert found(speaking(ENHANCED)) == POLICY
    assert found(speaking(ENHANCED, EndpointAccessMode={"Ref": "Mode"})) == []
    assert found(speaking(ENHANCED, EndpointAccessMode="STRICT", **MUTUAL)) == POLICY
    assert found(speaking(ENHANCED, EndpointAccessMode="STRICT", MutualTlsAuthentication={"Ref": "Unknown"})) == []
    assert found(speaking(ENHANCED, EndpointAccessMode="STRICT", MutualTlsAuthentication={})) == []


@pytest.mark.parametrize("type", ["AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainNameV2"])
def test_policies_of_apis_and_private_names(type: str) -> None:
    body = {"Resources": {"Name": {"Type": type, "Properties": {"SecurityPolicy": "TLS_1_0"}}}}
    assert found(body) == POLICY


def test_policy_of_an_http_apis_name() -> None:
    properties = {"DomainNameConfigurations": [{"SecurityPolicy": "TLS_1_0"}]}
    body = {"Resources": {"Name": {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": properties}}}
    assert found(body) == [("API-6", "Name/Properties/DomainNameConfigurations/0/SecurityPolicy")]
