"""PatternChecks at synth: findings where people look for them, and reasons that are kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, CfnResource, NestedStack, Stack, Stage, Validations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from benchmarks.jsii_round_trips import round_trips
from constructs_lib import InvalidArgument
from constructs_lib.checks import PatternChecks, acknowledge, add_checks, registry
from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import Rule, rule


def function(scope: Construct, id: str = "Resize", memory: int = 64) -> lambda_.CfnFunction:
    return lambda_.CfnFunction(
        scope,
        id,
        code=lambda_.CfnFunction.CodeProperty(zip_file="def handler(*_): ..."),
        role="arn:aws:iam::123456789012:role/resize",
        runtime="python3.13",
        handler="index.handler",
        memory_size=memory,
    )


def topic(scope: Construct) -> CfnResource:
    return CfnResource(scope, "Topic", type="AWS::SNS::Topic", properties={"Tags": [{"Key": "a", "Value": "b"}]})


@rule("ACME-1", WARNING, "Topics have a name", source="https://wiki.example.com/topics")
def named(assembly: Assembly) -> Iterator[Problem]:
    """Nobody finds a topic without one."""
    for each in assembly.of_type("AWS::SNS::Topic"):
        if each.at("TopicName").missing:
            yield each.problem(f"{each.name} has no name", fix="Name it.")
        for tag in each.at("Tags").items:
            yield tag.problem(f"{each.name} has a tag", fix="Remove it.")


@rule("ACME-2", ERROR, "Broken", source="https://wiki.example.com/broken")
def broken(_: Assembly) -> Iterator[Problem]:
    """It breaks."""
    raise KeyError("of no use")


@pytest.fixture
def app(tmp_path: Path) -> App:
    return App(outdir=str(tmp_path))


def check(app: App, *rules: Rule, strict: bool = False) -> None:
    add_checks(app, nag=(), rules=rules, strict=strict)


def report(app: App) -> dict[str, Any]:
    written = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    (found,) = [each for each in written["pluginReports"] if each["pluginName"] == "PatternChecks"]
    assert isinstance(found, dict)
    return found


def test_an_error_fails_the_synth_and_says_all(app: App) -> None:
    function(Stack(app, "Desk"))
    check(app)
    with pytest.raises(RuntimeError, match="Desk/Resize has 64 MiB of memory") as failed:
        app.synth()
    assert "Acknowledge with 'PatternChecks::LAMBDA-1'" in str(failed.value)
    assert "Suggested fix: Give it 128 to 10240 MiB.\n   https://docs.aws.amazon.com/lambda/" in str(failed.value)
    (violation,) = report(app)["violations"]
    (place,) = violation["violatingConstructs"]
    assert violation["ruleName"] == "LAMBDA-1"
    assert violation["severity"] == "error"
    assert violation["ruleMetadata"]["source"].startswith("https://docs.aws.amazon.com/lambda/")
    assert place["constructPath"] == "Desk/Resize"
    assert place["cloudFormationResource"] == {
        "templatePath": "Desk.template.json",
        "logicalId": "Resize",
        "propertyPaths": ["Properties.MemorySize"],
    }


def test_stages_and_nested_stacks_are_judged_once(app: App) -> None:
    stage = Stage(app, "Prod")
    function(NestedStack(Stack(stage, "Inner"), "Nested"))
    function(Stack(app, "Outer"))
    check(app)
    with pytest.raises(RuntimeError, match="LAMBDA-1"):
        app.synth()
    paths = sorted(each["violatingConstructs"][0]["constructPath"] for each in report(app)["violations"])
    assert paths == ["Outer/Resize", "Prod/Inner/Nested/Resize"]


def test_checks_of_a_stage_alone(app: App) -> None:
    stage = Stage(app, "Prod")
    function(Stack(stage, "Inner"))
    function(Stack(app, "Outer"))
    Validations.of(stage).add_plugins(PatternChecks())
    with pytest.raises(RuntimeError, match="Prod/Inner/Resize"):
        app.synth()
    assert len(report(app)["violations"]) == 1


@pytest.mark.parametrize("name", ["LAMBDA-1", "PatternChecks::LAMBDA-1"])
@pytest.mark.parametrize("where", ["function", "stack", "app"])
def test_what_is_acknowledged_passes_and_keeps_its_reason(app: App, name: str, where: str) -> None:
    stack = Stack(app, "Desk")
    found = function(stack)
    acknowledge({"function": found, "stack": stack, "app": app}[where], name, reason="it is an example")
    check(app)
    app.synth()
    (kept,) = report(app)["suppressedViolations"]
    assert (kept["ruleName"], kept["reason"]) == ("LAMBDA-1", "it is an example")


def test_only_what_is_acknowledged(app: App) -> None:
    stack = Stack(app, "Desk")
    acknowledge(function(stack, "One"), "LAMBDA-1", reason="it is an example")
    acknowledge(function(stack, "Two"), "LAMBDA-2", reason="it is another rule")
    check(app)
    with pytest.raises(RuntimeError, match="Desk/Two has 64 MiB"):
        app.synth()
    assert [each["violatingConstructs"][0]["constructPath"] for each in report(app)["violations"]] == ["Desk/Two"]


def test_several_findings_of_a_rule_on_one_resource(app: App) -> None:
    found = topic(Stack(app, "Desk"))
    check(app, named)
    app.synth()
    assert [each["description"] for each in report(app)["violations"]] == [
        "Desk/Topic has no name",
        "Desk/Topic has a tag",
    ]
    places = [each["violatingConstructs"][0]["cloudFormationResource"] for each in report(app)["violations"]]
    assert [each["propertyPaths"] for each in places] == [["Properties"], ["Properties.Tags.0"]]
    acknowledge(found, "ACME-1", reason="both are right here")
    app.synth(force=True)
    assert len(report(app)["suppressedViolations"]) == 2


def test_warnings_fail_only_when_strict(app: App, tmp_path: Path) -> None:
    topic(Stack(app, "Desk"))
    check(app, named)
    app.synth()
    assert {each["severity"] for each in report(app)["violations"]} == {"warning"}
    strict = App(outdir=str(tmp_path / "strict"))
    stack = Stack(strict, "Desk")
    topic(stack)
    # CDK judges anew whether a report fails as soon as something in it is acknowledged.
    acknowledge(function(stack), "LAMBDA-1", reason="it is an example")
    check(strict, named, strict=True)
    with pytest.raises(RuntimeError, match="Desk/Topic has no name"):
        strict.synth()


def test_a_rule_that_breaks_is_told_and_the_others_judge(app: App) -> None:
    topic(Stack(app, "Desk"))
    check(app, broken, named)
    app.synth()
    told = {each["ruleName"]: (each["severity"], each["description"]) for each in report(app)["violations"]}
    assert told["ACME-2"] == ("warning", "the rule ACME-2 broke: KeyError: 'of no use'")
    assert "ACME-1" in told


def test_a_rule_that_breaks_fails_when_strict(app: App) -> None:
    topic(stack := Stack(app, "Desk"))
    acknowledge(function(stack), "LAMBDA-1", reason="it is an example")
    check(app, broken, strict=True)
    with pytest.raises(RuntimeError, match="the rule ACME-2 broke"):
        app.synth()


def test_what_is_told_moves_no_cursor(app: App) -> None:
    @rule("ACME-3", WARNING, "Coloured", source="https://wiki.example.com/colours")
    def coloured(assembly: Assembly) -> Iterator[Problem]:
        """It colours."""
        for each in assembly.of_type("AWS::SNS::Topic"):
            yield each.problem("it is \x1b[31mred", fix="Take\nthe colour away.")

    topic(Stack(app, "Desk"))
    check(app, coloured)
    app.synth()
    (told,) = report(app)["violations"]
    assert told["description"] == "it is \\x1b[31mred"
    assert told["suggestedFix"].startswith("Take\\nthe colour away.\n")


def test_a_resource_that_no_cdk_wrote_acknowledges_itself(app: App) -> None:
    found = function(Stack(app, "Desk"))
    found.add_metadata("constructs-lib", {"acknowledge": [{"id": "LAMBDA-1", "reason": "an included template"}]})
    check(app)
    app.synth()


def test_templates_are_read_once_in_their_regions(tmp_path: Path) -> None:
    seen: list[tuple[str, str, str]] = []

    @rule("ACME-3", ERROR, "Seen", source="https://wiki.example.com/seen")
    def seeing(assembly: Assembly) -> Iterator[Problem]:
        """It looks."""
        seen.extend((stack.name, stack.region, stack.account) for stack in assembly.stacks)
        yield from ()

    app = App(outdir=str(tmp_path))
    function(Stack(app, "Here", env={"region": "eu-west-1", "account": "123456789012"}), memory=128)
    function(Stack(app, "Anywhere"), memory=128)
    function(Stack(Stage(app, "Prod", env={"region": "eu-west-2"}), "There"), memory=128)
    check(app, seeing)
    app.synth()
    assert sorted(seen) == [
        ("Anywhere", "", ""),
        ("Here", "eu-west-1", "123456789012"),
        ("Prod-There", "eu-west-2", ""),
    ]


def test_what_cannot_be_judged_is_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_brought", lambda: ([], {"acme": "ImportError: gone"}))
    stack = Stack(app, "Desk")
    stack.add_transform("AWS::Serverless-2016-10-31")
    CfnResource(stack, "Malformed", type="AWS::Serverless::Function", properties={"Runtime": 7})
    check(app)
    app.synth()
    told = {each["ruleName"]: each for each in report(app)["violations"]}
    assert "acme brings no rules: ImportError: gone" in told["Unloaded"]["description"]
    assert "Desk.template.json" in told["Unreadable"]["description"]
    for each in told.values():
        assert each["severity"] == "warning"
        # CDK prints only what is somewhere.
        assert len(each["violatingConstructs"]) == 1


def test_a_place_is_written_as_cdk_writes_it(app: App) -> None:
    @rule("ACME-4", WARNING, "Slashes", source="https://wiki.example.com/slashes")
    def slashes(assembly: Assembly) -> Iterator[Problem]:
        """It finds a key with a slash."""
        for each in assembly.of_type("AWS::SNS::Topic"):
            yield each.at("a/b~c").problem("a slash", fix="None.")

    CfnResource(Stack(app, "Desk"), "Topic", type="AWS::SNS::Topic", properties={"a/b~c": 1})
    check(app, slashes)
    app.synth()
    (violation,) = report(app)["violations"]
    place = violation["violatingConstructs"][0]["cloudFormationResource"]
    assert place["propertyPaths"] == ["Properties.a/b~c"]


def test_a_larger_app_crosses_into_node_no_more_often(tmp_path: Path) -> None:
    def trips(functions: int) -> int:
        app = App(outdir=str(tmp_path / str(functions)))
        stack = Stack(app, "Desk")
        for number in range(functions):
            function(stack, f"Resize{number}")
        check(app)
        with round_trips() as counted, pytest.raises(RuntimeError, match="LAMBDA-1"):
            app.synth()
        return counted.total()

    assert trips(1) == trips(20) < 10


def test_the_plugin_tells_what_it_is() -> None:
    checks = PatternChecks(rules=[named])
    assert checks.name == "PatternChecks"
    assert checks.version
    assert {"LAMBDA-1", "ACME-1"} <= set(checks.rule_ids)


def test_an_id_is_given_once(app: App) -> None:
    twin = Rule("LAMBDA-1", ERROR, "Mine", "https://wiki.example.com", lambda _: ())
    with pytest.raises(InvalidArgument, match="one rule only"):
        check(app, twin)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"strict": "yes"}, "strict must be a bool, got 'yes'"),
        ({"strict": 1}, "strict must be a bool, got 1"),
        ({"rules": 5}, "rules must be a Iterable, got 5"),
        ({"rules": "x"}, "rules must be made by @rule, got 'x'"),
        ({"nag": 5}, "nag must be a Sequence, got 5"),
        ({"nag": ["x"]}, "nag must be classes of cdk-nag's packs, got 'x'"),
        ({"nag": [int]}, "nag must be classes of cdk-nag's packs"),
    ],
)
def test_what_is_of_another_kind_is_refused(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        add_checks(App(), **arguments)
    assert sentence in str(refused.value)
