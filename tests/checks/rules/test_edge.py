"""The rules of code at the edge."""

from pathlib import Path
from typing import Any

import pytest

from constructs_lib.checks.model.stack import Stack
from tests.checks.judged import changed, findings, found, right, stack, without
from tests.checks.laid import laid

BEHAVIOR = "Site.Properties.DistributionConfig.DefaultCacheBehavior"
FIRST = f"{BEHAVIOR}.LambdaFunctionAssociations.0"
ASSOCIATION = FIRST.replace(".", "/")
ARN = [("EDGE-1", f"{ASSOCIATION}/LambdaFunctionARN")]
HOME = "arn:aws:lambda:us-east-1:111122223333:function:rewrite"


def given(arn: Any) -> list[tuple[str, str]]:
    """Judge a distribution with an ARN and no function of its own."""
    return found(changed(right("EDGE-1"), f"{FIRST}.LambdaFunctionARN", arn))


def at_home(body: dict[str, Any]) -> Stack:
    return stack(body, region="us-east-1")


def beside(name: str, value: Any, rule: str = "EDGE-2") -> list[tuple[str, str]]:
    """Judge a distribution whose own function has a property."""
    return found(at_home(changed(right(rule), f"Greet.Properties.{name}", value)))


@pytest.mark.parametrize(
    "arn",
    [
        f"{HOME}:7".replace("us-east-1", "eu-west-1"),
        HOME,
        f"{HOME}:$LATEST",
        f"{HOME}:live",
        {"Fn::Sub": "arn:${AWS::Partition}:lambda:us-west-2:${AWS::AccountId}:function:rewrite:7"},
        {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:rewrite:7"},
        {"Fn::Sub": "arn:aws:lambda:us-east-1:${AWS::AccountId}:function:rewrite"},
        {"Fn::Sub": "${Unknown}:$LATEST"},
    ],
)
def test_an_arn_of_a_wrong_function(arn: Any) -> None:
    assert given(arn) == ARN


@pytest.mark.parametrize(
    "arn",
    [
        f"{HOME}:7",
        {"Fn::Sub": "arn:aws:lambda:us-east-1:${AWS::AccountId}:function:rewrite:7"},
        {"Fn::Sub": "arn:aws:lambda:us-east-1:${AWS::AccountId}:function:${Unknown}"},
        {"Fn::Sub": "arn:aws:lambda:us-east-1:${AWS::AccountId}:function:rewrite:${Unknown}"},
        {"Fn::Sub": "arn:aws:lambda:${Unknown}:${AWS::AccountId}:function:rewrite:7"},
        {"Fn::Sub": "${Unknown}:live"},
        {"Ref": "Unknown"},
        {"Fn::GetAtt": ["Site", "Arn"]},
        {"Fn::If": ["Any", HOME, f"{HOME}:7"]},
        "no arn",
        7,
        [],
        None,
    ],
)
def test_an_arn_that_is_right_or_unknown(arn: Any) -> None:
    assert given(arn) == []


@pytest.mark.parametrize(
    "arn",
    [
        {"Ref": "Greet"},
        {"Fn::GetAtt": ["Greet", "Arn"]},
        {"Ref": "Alias"},
        {"Fn::Sub": "${Greet.Arn}:$LATEST"},
        {"Fn::Sub": "${Greet.Arn}:live"},
        {"Fn::Sub": "arn:aws:lambda:us-east-1:1:function:${Greet}"},
    ],
)
def test_no_numbered_version_of_a_function_beside(arn: Any) -> None:
    body = changed(right("EDGE-2"), f"{FIRST}.LambdaFunctionARN", arn)
    body = changed(body, "Alias", {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Greet"}}})
    assert found(at_home(body)) == ARN


@pytest.mark.parametrize(
    "arn",
    [
        {"Fn::Sub": "${Greet.Arn}:7"},
        {"Fn::Join": [":", [{"Fn::GetAtt": ["Greet", "Arn"]}, {"Fn::GetAtt": ["Version", "Version"]}]]},
    ],
)
def test_a_numbered_version_written_out(arn: Any) -> None:
    assert found(at_home(changed(right("EDGE-2"), f"{FIRST}.LambdaFunctionARN", arn))) == []


def test_a_function_in_the_stack_of_another_region() -> None:
    assert found(stack(right("EDGE-2"), region="eu-west-1")) == ARN
    assert found(stack(right("EDGE-2"), region="")) == []
    [finding] = findings(stack(right("EDGE-2"), region="eu-west-1"))
    assert finding.message == "the distribution Site is given Greet in eu-west-1"


def test_a_version_of_another_stack() -> None:
    site, function = without(without(right("EDGE-2"), "Greet"), "Version"), without(right("EDGE-2"), "Site")
    function["Outputs"] = {"Version": {"Value": {"Ref": "Version"}}}
    output = {"Fn::GetStackOutput": {"StackName": "Edge", "OutputName": "Version", "Region": "us-east-1"}}
    body = changed(site, f"{FIRST}.LambdaFunctionARN", output)
    assert found(stack(function, "Edge", region="us-east-1"), body) == []
    assert found(stack(changed(function, "Greet.Properties.Timeout", 6), "Edge", region="us-east-1"), body) == [
        ("EDGE-2", "Greet/Properties/Timeout")
    ]


def test_the_edge_function_of_the_cdk_is_followed_to_its_region() -> None:
    site, function = without(without(right("EDGE-2"), "Greet"), "Version"), without(right("EDGE-2"), "Site")
    name = "/cdk/EdgeFunctionArn/eu-west-1/Site/Greet"
    reader = {"Type": "Custom::CrossRegionStringParameterReader", "Properties": {"ParameterName": name}}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Value": {"Ref": "Version"}}}
    site = changed(
        changed(site, "Reader", reader), f"{FIRST}.LambdaFunctionARN", {"Fn::GetAtt": ["Reader", "FunctionArn"]}
    )
    assert found(site) == []
    edge = changed(changed(function, "Parameter", parameter), "Greet.Properties.MemorySize", 256)
    assert found(stack(edge, "Edge", region="us-east-1"), site) == [("EDGE-2", "Greet/Properties/MemorySize")]
    assert found(stack(edge, "Edge", region="us-west-1"), site)[0] == ARN[0]


def test_a_parameter_without_a_name_is_no_version() -> None:
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Value": HOME}}
    assert found(at_home(changed(right("EDGE-2"), "Parameter", parameter))) == []


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("Environment", {"Variables": {"TABLE": "notes"}}, "Environment/Variables"),
        ("Environment", {"Variables": {"TABLE": {"Ref": "Site"}}}, "Environment/Variables"),
        ("VpcConfig", {"SubnetIds": ["subnet-1"]}, "VpcConfig/SubnetIds"),
        ("Layers", [f"{HOME}:1".replace("function", "layer")], "Layers"),
        ("Architectures", ["arm64"], "Architectures"),
        ("DeadLetterConfig", {"TargetArn": "arn:aws:sqs:us-east-1:1:letters"}, "DeadLetterConfig/TargetArn"),
        ("EphemeralStorage", {"Size": 1024}, "EphemeralStorage/Size"),
        ("PackageType", "Image", "PackageType"),
        ("Runtime", "java21", "Runtime"),
    ],
)
def test_what_the_edge_does_not_take(name: str, value: Any, place: str) -> None:
    assert beside(name, value) == [("EDGE-1", f"Greet/Properties/{place}")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Environment", {"Variables": {}}),
        ("Environment", {"Variables": {"TABLE": {"Ref": "AWS::NoValue"}}}),
        ("Environment", {"Variables": {"TABLE": {"Fn::If": ["Any", "x", {"Ref": "AWS::NoValue"}]}}}),
        ("Environment", {"Ref": "Unknown"}),
        ("VpcConfig", {"SubnetIds": [], "SecurityGroupIds": []}),
        ("VpcConfig", {"SubnetIds": [{"Ref": "Unknown"}]}),
        ("VpcConfig", {"Fn::If": ["Any", {"SubnetIds": ["subnet-1"]}, {"Ref": "AWS::NoValue"}]}),
        ("Layers", [{"Ref": "AWS::NoValue"}, {"Ref": "Unknown"}]),
        ("Architectures", ["x86_64"]),
        ("Architectures", [{"Ref": "Unknown"}]),
        ("DeadLetterConfig", {}),
        ("DeadLetterConfig", {"TargetArn": {"Ref": "Unknown"}}),
        ("EphemeralStorage", {"Size": 512}),
        ("EphemeralStorage", {"Size": {"Ref": "Unknown"}}),
        ("PackageType", "Zip"),
        ("Runtime", "nodejs24.x"),
        ("Runtime", {"Ref": "Unknown"}),
    ],
)
def test_what_the_edge_takes_or_is_not_known(name: str, value: Any) -> None:
    assert beside(name, value) == []


def test_a_function_elsewhere_may_have_it_all() -> None:
    body = without(right("EDGE-2"), "Site")
    assert found(changed(body, "Greet.Properties.Environment", {"Variables": {"TABLE": "notes"}})) == []


def test_one_function_at_two_events_is_one_finding() -> None:
    body = changed(right("EDGE-2"), "Greet.Properties.Architectures", ["arm64"])
    association = {"EventType": "viewer-response", "LambdaFunctionARN": {"Ref": "Version"}}
    first = {"EventType": "viewer-request", "LambdaFunctionARN": {"Ref": "Version"}}
    body = changed(body, f"{BEHAVIOR}.LambdaFunctionAssociations", [first, association])
    assert found(at_home(body)) == [("EDGE-1", "Greet/Properties/Architectures")]


@pytest.mark.parametrize("associations", ["no", {}, [[]], [None], [{"Ref": "Unknown"}], {"Ref": "Unknown"}])
def test_associations_of_another_kind(associations: Any) -> None:
    body = changed(right("EDGE-2"), f"{BEHAVIOR}.LambdaFunctionAssociations", associations)
    assert found(at_home(changed(body, "Greet.Properties.Timeout", 60))) == []


@pytest.mark.parametrize(
    ("event", "name", "value", "is_found"),
    [
        ("viewer-request", "Timeout", 6, True),
        ("viewer-response", "Timeout", "6", True),
        ("viewer-request", "Timeout", 5, False),
        ("viewer-request", "MemorySize", 129, True),
        ("viewer-request", "MemorySize", 128, False),
        ("origin-request", "MemorySize", 10_240, False),
        ("origin-request", "Timeout", 31, True),
        ("origin-response", "Timeout", 30, False),
        ("viewer-request", "Timeout", {"Ref": "Unknown"}, False),
        ("viewer-request", "MemorySize", {"Fn::If": ["Any", 256, 512]}, False),
        ({"Ref": "Unknown"}, "Timeout", 31, False),
        ("no-event", "Timeout", 31, False),
    ],
)
def test_quotas_of_events(event: Any, name: str, value: Any, is_found: bool) -> None:
    body = changed(changed(right("EDGE-2"), f"{FIRST}.EventType", event), f"Greet.Properties.{name}", value)
    assert found(at_home(body)) == ([("EDGE-2", f"Greet/Properties/{name}")] if is_found else [])


def test_the_default_memory_and_timeout_fit() -> None:
    body = without(without(right("EDGE-2"), "Greet.Properties.Timeout"), "Greet.Properties.MemorySize")
    assert found(at_home(body)) == []


def test_another_behavior() -> None:
    body = changed(right("EDGE-2"), "Greet.Properties.Timeout", 10)
    associations = body["Resources"]["Site"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"].pop(
        "LambdaFunctionAssociations"
    )
    assert found(at_home(body)) == []
    behavior = {"PathPattern": "/a", "LambdaFunctionAssociations": associations}
    body = changed(body, "Site.Properties.DistributionConfig.CacheBehaviors", [behavior])
    assert found(at_home(body)) == [("EDGE-2", "Greet/Properties/Timeout")]


CODE = "Redirect.Properties.FunctionCode"


@pytest.mark.parametrize(
    "code",
    ["x" * 10_241, "é" * 5_121, {"Fn::Sub": "x" * 10_241 + "${AWS::AccountId}"}, {"Fn::Join": ["", ["x" * 6_000] * 2]}],
)
def test_code_too_large(code: Any) -> None:
    assert found(changed(right("EDGE-3"), CODE, code)) == [("EDGE-3", "Redirect/Properties/FunctionCode")]


@pytest.mark.parametrize(
    "code",
    ["x" * 10_240, "é" * 5_120, {"Ref": "Unknown"}, {"Fn::If": ["Any", "x" * 11_000, "y"]}, ["x" * 11_000], None],
)
def test_code_small_or_unknown(code: Any) -> None:
    assert found(changed(right("EDGE-3"), CODE, code)) == []


SIMPLE = "exports.handler = async (event) => event.Records[0].cf.request;"
NEEDLESS = [("EDGE-4", ASSOCIATION)]


def simple() -> dict[str, Any]:
    return changed(right("EDGE-4"), "Greet.Properties.Code", {"ZipFile": SIMPLE})


def test_code_that_a_cloudfront_function_could_run() -> None:
    (finding,) = findings(at_home(simple()))
    assert (finding.rule, finding.message.split()[0]) == ("EDGE-4", "Greet")
    assert found(at_home(simple())) == NEEDLESS
    assert found(at_home(changed(simple(), f"{FIRST}.EventType", "viewer-response"))) == NEEDLESS
    assert found(at_home(changed(simple(), f"{FIRST}.IncludeBody", False))) == NEEDLESS


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{FIRST}.EventType", "origin-request"),
        (f"{FIRST}.EventType", {"Ref": "Unknown"}),
        (f"{FIRST}.IncludeBody", True),
        (f"{FIRST}.IncludeBody", {"Ref": "Unknown"}),
        ("Greet.Properties.Runtime", "python3.14"),
        ("Greet.Properties.Runtime", {"Ref": "Unknown"}),
        ("Greet.Properties.Code", {"S3Bucket": "code", "S3Key": "greet.zip"}),
        ("Greet.Properties.Code", {"ZipFile": {"Ref": "Unknown"}}),
        ("Greet.Properties.Code", {"ZipFile": {"Fn::Sub": "exports.handler = ${Unknown}"}}),
        ("Greet.Properties.Code", {"ZipFile": SIMPLE + "x" * 10_240}),
        ("Greet.Properties.Code", {"ZipFile": ""}),
    ],
)
def test_what_only_lambda_runs_or_nobody_knows(path: str, value: Any) -> None:
    assert found(at_home(changed(simple(), path, value))) == []


@pytest.mark.parametrize(
    "line",
    [
        "const dns = require('dns');",
        "import https from 'https';",
        "const {x} = await import('x');",
        "await fetch(url);",
        "console.log(process.version);",
        "new WebSocket(url);",
        "setTimeout(f, 1);",
        "setInterval(f, 1);",
        "setImmediate(f);",
    ],
)
def test_what_a_cloudfront_function_lacks(line: str) -> None:
    assert found(at_home(changed(right("EDGE-4"), "Greet.Properties.Code", {"ZipFile": f"{line}\n{SIMPLE}"}))) == []


def test_both_viewer_functions_must_be_simple() -> None:
    other = {"EventType": "viewer-response", "LambdaFunctionARN": f"{HOME}:7"}
    body = changed(simple(), f"{FIRST}.EventType", "viewer-request")
    first = body["Resources"]["Site"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"][
        "LambdaFunctionAssociations"
    ]
    both = changed(body, f"{BEHAVIOR}.LambdaFunctionAssociations", [*first, other])
    assert found(at_home(both)) == []
    at_origin = changed(both, f"{BEHAVIOR}.LambdaFunctionAssociations.1.EventType", "origin-response")
    assert found(at_home(at_origin)) == NEEDLESS


def test_code_in_an_asset_of_one_file(tmp_path: Path) -> None:
    body = changed(right("EDGE-4"), "Greet.Properties.Code", {"S3Bucket": "code", "S3Key": "greet.zip"})
    body = changed(body, "Greet.Metadata", {"aws:asset:path": "asset.greet", "aws:asset:property": "Code"})
    script = tmp_path / "asset.greet" / "index.js"
    script.parent.mkdir()
    script.write_text(SIMPLE)
    assert found(laid(body, tmp_path, region="us-east-1")) == NEEDLESS
    script.write_text(f"const dns = require('dns');\n{SIMPLE}")
    assert found(laid(body, tmp_path, region="us-east-1")) == []
