"""Templates of SAM, as AWS expands them: without network, credentials, or the files that they name."""

import builtins
import socket
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.reading import read
from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.sam import expanded
from tests.checks.judged import template

SAM = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 30, MemorySize: 64}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./src
      Handler: app.handler
      Runtime: python3.14
      Environment: {Variables: {REGION: !Ref AWS::Region}}
      Policies: [AWSLambdaVPCAccessExecutionRole, DynamoDBReadPolicy: {TableName: !Ref Table}]
      Events: {Read: {Type: Api, Properties: {Path: /, Method: get}}}
  Table: {Type: AWS::Serverless::SimpleTable}
  Flow: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: flow.asl.json}}
  Web: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionUri: web.yaml}}
  Rest: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionUri: rest.yaml}}
  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}
  App:
    Type: AWS::Serverless::Application
    Properties: {Location: {ApplicationId: arn:aws:serverlessrepo:us-east-1:1:applications/a, SemanticVersion: 1.0.0}}
  Topic: {Type: AWS::SNS::Topic}
"""


@pytest.fixture(autouse=True)
def neither_network_nor_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("the network was asked")

    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket.socket, "connect", refused)


def test_resources_are_those_that_aws_makes() -> None:
    resources = expanded(template(SAM), "t.yaml", "eu-west-1")["Resources"]
    assert resources["Fn"]["Type"] == "AWS::Lambda::Function"
    assert resources["Fn"]["Properties"]["MemorySize"] == 64
    assert resources["Fn"]["Properties"]["Timeout"] == 30
    assert resources["FnRole"]["Type"] == "AWS::IAM::Role"
    assert resources["Topic"] == {"Type": "AWS::SNS::Topic"}
    types = {resource["Type"] for resource in resources.values()}
    assert types >= {
        *("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api", "AWS::StepFunctions::StateMachine"),
        *("AWS::DynamoDB::Table", "AWS::Lambda::LayerVersion", "AWS::CloudFormation::Stack", "AWS::Lambda::Permission"),
    }


def test_references_of_what_sam_writes_are_followed() -> None:
    assembly = Assembly([Stack("Stack", expanded(template(SAM), "t.yaml", ""))])
    assert [operation.function for operation in assembly.operations] == [assembly.stacks[0].resources["Fn"]]


@pytest.mark.parametrize("region", ["", "eu-west-1"])
def test_a_region_that_is_not_known_stays_open(region: str) -> None:
    body = template(SAM)
    body["Resources"]["Fn"]["Properties"]["FunctionName"] = {"Fn::Sub": "f-${AWS::Partition}-${AWS::Region}"}
    stack = Stack("Stack", expanded(body, "t.yaml", region), region=region)
    Assembly([stack])
    name = stack.resources["Fn"].at("FunctionName")
    assert name.text == (f"f-aws-{region}" if region else None)
    assert stack.resources["Fn"].at("Environment", "Variables", "REGION").text == (region or None)


def test_the_template_itself_stays_as_it_is() -> None:
    before = template(SAM)
    expanded(before, "t.yaml", "")
    assert before == template(SAM)


def test_other_templates_are_not_touched() -> None:
    others: list[Any] = ["Other", ["AWS::LanguageExtensions"], {}, None]
    for transform in others:
        body = {"Transform": transform}
        assert expanded(body, "t.yaml", "") is body


def test_other_transforms_and_loops_stay() -> None:
    body = template(SAM) | {"Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]}
    assert not Stack("a", expanded(body, "t.yaml", "")).is_open
    body["Resources"]["Fn::ForEach::Queues"] = ["Q", ["A"], {"${Q}": {"Type": "AWS::SQS::Queue"}}]
    made = expanded(body, "t.yaml", "")
    assert made["Transform"] == ["AWS::LanguageExtensions"]
    assert made["Resources"]["Fn"]["Type"] == "AWS::Lambda::Function"
    assert Stack("a", made).is_open


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Handlr": "x"}, r"SAM refuses it: Resource with id \[Fn\] is invalid"),
        ({"Events": []}, "SAM refuses it: "),
        ({"Runtime": []}, "SAM refuses it: "),
        ({"Policies": {"a": {"b": []}}, "Layers": 1}, "SAM refuses it: "),
    ],
)
def test_what_sam_refuses(change: dict[str, Any], reason: str) -> None:
    body = template(SAM)
    body["Resources"]["Fn"]["Properties"] |= change
    if change.get("Runtime") == []:
        body["Resources"]["Fn"]["Properties"] = []
    with pytest.raises(CannotRead, match=reason):
        expanded(body, "t.yaml", "")


def test_what_sam_refuses_is_judged_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(SAM.replace("Handler:", "Handlr:"), "utf-8")
    assembly = read([file])
    assert [topic.logical_id for topic in assembly.of_type("AWS::SNS::Topic")] == ["Topic"]
    assert assembly.stacks[0].is_open
    assert "SAM refuses it" in str(assembly.unreadable[0])


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("samtranslator"):
            raise ModuleNotFoundError(name=name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(CannotRead, match=r"pip install constructs-lib\[sam\]"):
        expanded(template(SAM), "t.yaml", "")


def test_nothing_is_said_on_the_side(capfd: pytest.CaptureFixture[str]) -> None:
    expanded(template(SAM), "t.yaml", "")
    assert capfd.readouterr() == ("", "")


CODE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String}}
"""


@pytest.mark.parametrize(
    "resources",
    [
        "{Fn: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.14}}}",
        "{Fn: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}}",
        "{Fn: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.14}}}\n"
        "Globals: {Function: {CodeUri: src/, AutoPublishAlias: !Ref Stage, Tags: !Ref Stage}}",
        "{Fn: {Type: AWS::Serverless::Function, Properties: {CodeUri: a/, Handler: a.b, Runtime: python3.14,"
        " AutoPublishAlias: !Ref Stage, AutoPublishCodeSha256: !Ref Stage}}}",
    ],
)
def test_what_the_build_and_the_deployment_add_is_not_asked_for(resources: str) -> None:
    made = expanded(template(f"{CODE}Resources: {resources}"), "t.yaml", "")
    assert made["Resources"]["Fn"]["Type"] == "AWS::Lambda::Function"


def test_inline_code_stays() -> None:
    body = template(SAM)
    body["Resources"]["Fn"]["Properties"] |= {"InlineCode": "pass"}
    made = expanded(body, "t.yaml", "")["Resources"]["Fn"]["Properties"]
    assert made["Code"] == {"ZipFile": "pass"}


def test_an_alias_keeps_the_name_that_a_default_gives() -> None:
    body = template(SAM) | {"Parameters": {"Stage": {"Type": "String", "Default": "prod"}}}
    body["Resources"]["Fn"]["Properties"]["AutoPublishAlias"] = {"Ref": "Stage"}
    assert "FnAliasprod" in expanded(body, "t.yaml", "")["Resources"]


@pytest.mark.parametrize("kind", ["Api", "HttpApi"])
def test_what_an_included_body_says_is_not_known(kind: str) -> None:
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "api.yaml"}}}
    api = {"StageName": "prod", "DefinitionBody": include, "Auth": {"DefaultAuthorizer": "Users"}}
    body = template(SAM)
    body["Resources"]["Own"] = {"Type": f"AWS::Serverless::{kind}", "Properties": api}
    made = expanded(body, "t.yaml", "")["Resources"]["Own"]["Properties"]
    assert "BodyS3Location" in made
    assert "Body" not in made
