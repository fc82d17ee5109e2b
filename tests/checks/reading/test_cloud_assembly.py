"""What CDK writes: stages, nested stacks, regions, the names of constructs, and references between regions."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from aws_cdk import App, CfnOutput, CrossStackReferences, Environment, NestedStack, ReferenceStrength, Stack, Stage
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.values import Reference
from constructs_lib.checks.reading import read

ACCOUNT = "111111111111"


class Inner(NestedStack):
    def __init__(self, scope: Construct, id: str, *, topic: sns.ITopic | None = None) -> None:
        super().__init__(scope, id)
        self.queue = sqs.Queue(self, "Queue")
        if topic:
            CfnOutput(self, "Topic", value=topic.topic_arn)


def synthesize(folder: Path, *, tells_paths: bool) -> Path:
    context = {"aws:cdk:enable-path-metadata": tells_paths, "aws:cdk:enable-asset-metadata": tells_paths}
    app = App(outdir=str(folder), context=context)
    stage = Stage(app, "Prod", env=Environment(account=ACCOUNT, region="eu-west-1"))
    far = Stack(stage, "Far", env=Environment(account=ACCOUNT, region="us-east-1"), cross_region_references=True)
    near = Stack(stage, "Near", cross_region_references=True)
    strong, weak = sns.Topic(far, "Strong"), sns.Topic(far, "Weak")
    CrossStackReferences.of(weak).produce(ReferenceStrength.WEAK)
    inner = Inner(near, "Inner", topic=strong)
    deeper = Inner(inner, "Deeper")
    anywhere = Stack(app, "Anywhere", stack_name="anywhere")
    here = sns.Topic(anywhere, "Here")
    other = Stack(app, "Other")
    for holder, name, value in [
        (near, "Strong", strong.topic_arn),
        (near, "Weak", weak.topic_arn),
        (near, "Inner", inner.queue.queue_arn),
        (near, "Deeper", deeper.queue.queue_arn),
        (other, "Here", here.topic_arn),
    ]:
        CfnOutput(holder, f"To{name}", value=value)
    app.synth()
    return folder


@pytest.fixture(scope="module", params=[True, False], ids=["with metadata", "without metadata"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthesize(tmp_path_factory.mktemp("cdk") / "cdk.out", tells_paths=request.param)


@pytest.fixture
def assembly(folder: Path) -> Assembly:
    return read([folder])


def test_stacks_and_where_they_are(assembly: Assembly) -> None:
    found = {stack.name: (stack.account, stack.region) for stack in assembly.stacks if stack.parent is None}
    assert found == {
        "Prod-Far": (ACCOUNT, "us-east-1"),
        "Prod-Near": (ACCOUNT, "eu-west-1"),
        "anywhere": ("", ""),
        "Other": ("", ""),
    }
    assert assembly.unreadable == []
    assert all(Path(stack.file).is_file() for stack in assembly.stacks)


def test_constructs_are_named(assembly: Assembly) -> None:
    assert [queue.name for queue in assembly.of_type("AWS::SQS::Queue")] == [
        "Prod/Near/Inner/Queue",
        "Prod/Near/Inner/Deeper/Queue",
    ]
    assert [topic.construct_path for topic in assembly.of_type("AWS::SNS::Topic")] == [
        "Prod/Far/Strong/Resource",
        "Prod/Far/Weak/Resource",
        "Anywhere/Here/Resource",
    ]


def test_constructs_are_named_without_what_cdk_puts_in_them(assembly: Assembly) -> None:
    (reader,) = assembly.of_type("Custom::CrossRegionExportReader")
    assert (reader.construct_path, reader.name) == (
        "Prod/Near/ExportsReader/Resource/Default",
        "Prod/Near/ExportsReader",
    )


def test_nested_stacks_are_in_their_parents(assembly: Assembly) -> None:
    inner, deeper = (stack for stack in assembly.stacks if stack.parent is not None)
    assert inner.parent is not None
    assert deeper.parent is not None
    assert inner.parent.stack.name == "Prod-Near"
    assert deeper.parent.stack is inner
    assert (inner.region, inner.account, inner.is_named) == ("eu-west-1", ACCOUNT, False)


@pytest.mark.parametrize(
    ("stack", "output", "name"),
    [
        ("Prod-Near", "ToStrong", "Prod/Far/Strong"),
        ("Prod-Near", "ToWeak", "Prod/Far/Weak"),
        ("Prod-Near", "ToInner", "Prod/Near/Inner/Queue"),
        ("Prod-Near", "ToDeeper", "Prod/Near/Inner/Deeper/Queue"),
        ("Other", "ToHere", "Anywhere/Here"),
    ],
)
def test_references_lead_to_other_stacks(assembly: Assembly, stack: str, output: str, name: str) -> None:
    (holder,) = (each for each in assembly.stacks if each.name == stack)
    found = holder.output(output)
    assert found is not None
    assert isinstance(found[1], Reference)
    assert found[1].resource.name == name


def test_what_goes_into_a_nested_stack_leads_out_of_it(assembly: Assembly) -> None:
    inner = next(stack for stack in assembly.stacks if stack.parent is not None)
    found = inner.output("Topic")
    assert found is not None
    assert found[1].resource.name == "Prod/Far/Strong"


def test_an_assembly_is_found_in_its_project_and_read_once(folder: Path) -> None:
    (folder.parent / "template.yaml").write_text("Resources: {A: {Type: AWS::SQS::Queue}}", "utf-8")
    assembly = read([folder.parent, folder, folder / ".." / "cdk.out"], region="eu-north-1")
    assert len(assembly.stacks) == 7
    assert {stack.region for stack in assembly.stacks if stack.name == "template"} == {"eu-north-1"}


def spoiled(folder: Path, tmp_path: Path, file: str, text: str) -> Assembly:
    copy = copytree(folder, tmp_path / "cdk.out")
    (copy / file).write_text(text, "utf-8")
    return read([copy])


def test_a_template_that_is_malformed_is_told(folder: Path, tmp_path: Path) -> None:
    assembly = spoiled(folder, tmp_path, "Anywhere.template.json", "{")
    assert ["Anywhere.template.json:1: it is no JSON" in str(error) for error in assembly.unreadable] == [True]
    assert "Other" in {stack.name for stack in assembly.stacks}


@pytest.mark.parametrize("text", ["[]", "5", '"x"'])
def test_a_template_that_is_none_is_told(folder: Path, tmp_path: Path, text: str) -> None:
    (error,) = spoiled(folder, tmp_path, "Anywhere.template.json", text).unreadable
    assert "it is no CloudFormation template" in str(error)


@pytest.mark.parametrize("text", ["{", "", "\0"])
def test_a_manifest_that_is_malformed_is_told(folder: Path, tmp_path: Path, text: str) -> None:
    assembly = spoiled(folder, tmp_path, "manifest.json", text)
    assert assembly.stacks == []


@pytest.mark.parametrize(
    "artifact",
    [
        *(None, [], "x", {}, {"type": "aws:cloudformation:stack"}),
        {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../secret.json"}},
        {"type": "aws:cloudformation:stack", "properties": {"templateFile": "/secret.json"}},
        {"type": "aws:cloudformation:stack", "properties": {"templateFile": ["a"]}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": ".."}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": "circle"}},
        {"type": "cdk:cloud-assembly", "properties": {"directoryName": "a\0"}},
    ],
    ids=repr,
)
def test_an_odd_manifest(tmp_path: Path, artifact: Any) -> None:
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    (folder / "cdk.out").write_text("{}", "utf-8")
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"A": artifact}}), "utf-8")
    (folder / "circle").symlink_to(folder)
    (tmp_path / "secret.json").write_text('{"Resources": {"A": {"Type": "T"}}}', "utf-8")
    assembly = read([folder])
    assert (assembly.stacks, assembly.unreadable) == ([], [])


def test_a_template_that_is_nested_in_itself(folder: Path, tmp_path: Path) -> None:
    metadata = {"aws:asset:path": "Other.template.json", "aws:asset:property": "TemplateURL"}
    body = {"Resources": {"Nested": {"Type": "AWS::CloudFormation::Stack", "Metadata": metadata}}}
    assembly = spoiled(folder, tmp_path, "Other.template.json", json.dumps(body))
    assert [stack.name for stack in assembly.stacks if stack.name.startswith("Other")] == ["Other"]


@pytest.mark.parametrize("environment", [None, "aws://", "aws://a/b/c", 5])
def test_an_odd_environment_is_not_known(folder: Path, tmp_path: Path, environment: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["artifacts"]["Other"]["environment"] = environment
    (stack,) = (
        each for each in spoiled(folder, tmp_path, "manifest.json", json.dumps(manifest)).stacks if each.name == "Other"
    )
    assert (stack.account, stack.region) == ("", "")
