"""The rules of workflows that wait."""

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack

AT = "Purchase/Properties/Definition"
NO_END, LOST, UNCAUGHT, EXPRESS = ([(f"SFN-{number}", AT)] for number in (1, 2, 3, 4))
ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Expired"}]


def machine(*left_out: str, **state: Any) -> dict[str, Any]:
    """The right template with a state that has other fields, or lacks some."""
    body = right("SFN-1")
    ask = asking(body)
    for name in left_out:
        del ask[name]
    ask.update(state)
    return body


def definition(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["Resources"]["Purchase"]["Properties"]["Definition"]
    return found


def asking(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = definition(body)["States"]["Ask"]
    return found


def around(kind: str, scope: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Put a definition into a map's or a parallel state's hands."""
    body = right("SFN-1")
    inner = {"Branches": [scope]} if kind == "Parallel" else {kind: scope}
    outer = {"Type": "Parallel" if kind == "Parallel" else "Map", **inner, "End": True, **more}
    definition(body).update(StartAt="All", States={"All": outer})
    return body


def as_text(body: dict[str, Any], text: Any, **more: Any) -> dict[str, Any]:
    properties = body["Resources"]["Purchase"]["Properties"]
    return changed(body, "Purchase.Properties", {"RoleArn": properties["RoleArn"], "DefinitionString": text, **more})


def text_of(body: dict[str, Any]) -> str:
    return json.dumps(definition(body))


def test_waiting_without_end() -> None:
    assert found(machine("TimeoutSeconds")) == NO_END
    (finding,) = findings(machine("TimeoutSeconds"))
    assert finding.message == "the state Ask waits for a task token without end"


@pytest.mark.parametrize("name", ["TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"])
def test_waiting_to_an_end(name: str) -> None:
    assert found(machine("TimeoutSeconds", **{name: "$.seconds"}, Catch=ALL)) == []


def test_waiting_in_an_execution_that_ends() -> None:
    body = machine("TimeoutSeconds")
    definition(body)["TimeoutSeconds"] = 3600
    assert found(body) == []


def test_end_that_only_the_deployment_knows() -> None:
    assert found(machine(TimeoutSeconds={"Ref": "Unknown"})) == []
    assert found(machine(TimeoutSeconds={"Ref": "AWS::NoValue"})) == NO_END
    assert found(machine("TimeoutSeconds", **{"Fn::Transform": {"Name": "AWS::Include"}})) == []


@pytest.mark.parametrize(
    "fields", [{"Resource": "arn:aws:states:::sqs:sendMessage"}, {"Type": "Pass"}, {"Resource": 1}]
)
def test_a_state_that_does_not_wait(fields: dict[str, Any]) -> None:
    assert found(machine("TimeoutSeconds", "Parameters", "Catch", **fields)) == []
    assert found(machine("Parameters", "Catch", **fields)) == []


@pytest.mark.parametrize("kind", ["Parallel", "Iterator", "ItemProcessor"])
def test_waiting_within_another_state(kind: str) -> None:
    assert found(around(kind, definition(machine("TimeoutSeconds")))) == NO_END


def test_definition_as_text() -> None:
    at = [("SFN-1", "Purchase/Properties/DefinitionString")]
    body = machine("TimeoutSeconds")
    text = text_of(body)
    assert found(as_text(body, text)) == at
    assert found(as_text(body, {"Fn::Sub": text})) == at
    assert found(as_text(body, {"Fn::Sub": text.replace("eu-west-1", "${AWS::Region}")})) == at
    assert found(as_text(body, {"Fn::Join": ["", [text[:-1], "}"]]})) == at
    assert found(as_text(body, {"Fn::Join": ["", [text[:-1], ', "Comment": "', {"Ref": "Unknown"}, '"}']]})) == at
    assert found(as_text(body, text.replace('"Ask"', '"Ask\\n\\"it\\""'))) == at
    assert found(as_text(body, text.replace("{", "{\n\t"))) == at
    assert found(as_text(body, {"Fn::Sub": text[:-1] + ', "Comment": ${Unknown}}'})) == at
    assert found(as_text(body, text, StateMachineName="x", DefinitionSubstitutions={"X": {"Ref": "Unknown"}})) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "1",
        '{"States": 1}',
        '{"States": {"Ask": []}}',
        {"Ref": "Unknown"},
        1,
        ["{}"],
        '"\\',
        "[" * 9**5,
    ],
)
def test_definition_that_is_none(text: Any) -> None:
    assert found(as_text(right("SFN-1"), text)) == []


def test_definition_whose_names_are_odd() -> None:
    assert found(machine("TimeoutSeconds", Comment={1: 2})) == NO_END
    body = machine("TimeoutSeconds")
    asking(body)[1] = definition(body)[True] = 2  # type: ignore[index]
    assert found(body) == NO_END


def test_definition_that_is_elsewhere() -> None:
    body = as_text(right("SFN-1"), None, DefinitionS3Location={"Bucket": "b", "Key": "k"})
    assert found(body) == []


def test_timeout_that_is_put_into_a_text() -> None:
    body = right("SFN-1")
    text = text_of(body).replace("86400", "${Seconds}")
    assert found(as_text(body, {"Fn::Sub": text})) == []
    assert found(as_text(body, text, DefinitionSubstitutions={"Seconds": 60})) == []
    assert found(as_text(body, text, DefinitionSubstitutions={"Seconds": {"Ref": "Unknown"}})) == []


def test_definition_that_substitutions_make_too_large() -> None:
    body = machine("TimeoutSeconds")
    text = text_of(body)[:-1] + f', "Comment": "{"${X}" * 32}"}}'
    assert found(as_text(body, text, DefinitionSubstitutions={"X": "x"})) == [
        ("SFN-1", "Purchase/Properties/DefinitionString")
    ]
    assert found(as_text(body, text, DefinitionSubstitutions={"X": "x" * 2**20})) == []


def test_resource_that_is_put_into_a_definition() -> None:
    task = asking(right("SFN-1"))["Resource"]
    for resource in ({"Fn::Sub": "${Task}"}, {"Ref": "Task"}, "${Task}"):
        body = machine("TimeoutSeconds", Resource=resource)
        body["Resources"]["Purchase"]["Properties"]["DefinitionSubstitutions"] = {"Task": task}
        assert found({**body, "Parameters": {"Task": {"Type": "String", "Default": task}}}) == NO_END
    assert found(machine("TimeoutSeconds", Resource={"Ref": "Unknown"})) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"Token": "$$.Task.Token"},
        {"Token.$": "$.Task.Token"},
        {"Token.$": "$$.Execution.Id"},
        {"Token.$": "$$.Tasks"},
        {"Deep": [{"Token.$": "$$.State.Name"}]},
        {"QueueUrl": {"Fn::Sub": "https://${Unknown}"}},
        {"QueueUrl": {"Ref": "Purchase"}, "Token": "{% $states.context.Task.Token %}"},
    ],
)
def test_token_that_is_lost(parameters: dict[str, Any]) -> None:
    assert found(machine(Parameters=parameters)) == LOST
    assert found(machine("Parameters")) == LOST


@pytest.mark.parametrize(
    "parameters",
    [
        {"Token.$": "$$.Task.Token"},
        {"Token.$": "$$.Task"},
        {"Token.$": "$$"},
        {"Token.$": "$$['Task']['Token']"},
        {"Deep": [{"Body": {"Text.$": "States.Format('{} {}', $$.Execution.Id, $$.Task.Token)"}}]},
        {"Token.$": "States.JsonMerge($$, $.more, false)"},
        {"Token": {"Ref": "Unknown"}},
        {"Token.$": {"Fn::Sub": "States.Array(${Unknown})"}},
        {"Ref": "Unknown"},
        {"Fn::If": ["Unknown", {}, {}, {}]},
    ],
)
def test_token_that_is_or_may_be_passed(parameters: dict[str, Any]) -> None:
    assert found(machine(Parameters=parameters)) == []


def test_how_to_pass_the_token() -> None:
    (by_path,) = findings(machine(Parameters={}))
    assert by_path.fix == "Pass on $$.Task.Token, under a key that ends in .$."
    (by_expression,) = findings(machine("Parameters", QueryLanguage="JSONata"))
    assert by_expression.fix == "Pass on {% $states.context.Task.Token %}."


def test_token_that_is_the_input() -> None:
    assert found(machine("Parameters", InputPath="$$.Task")) == []
    assert found(machine(Parameters={"All.$": "$"}, InputPath="$$")) == []
    assert found(machine(Parameters={"All.$": "$"}, InputPath="$.order")) == LOST


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"Token": "{% $states.context.Task.Token %}"}, []),
        ({"Token": ["{% {'t': $states.context.Task.Token} %}"]}, []),
        ("{% $merge([$states.context, $states.input]) %}", []),
        ({"Token": "{% $states.context.Task %}"}, []),
        ({"Token": "{% $string($states) %}"}, []),
        ({"Token": "{% $states.`context`.Task.Token %}"}, []),
        ({"Token": {"Ref": "Unknown"}}, []),
        ({"Token": "{% $states.input.token %}"}, LOST),
        ({"Token": "{% $states.context.Execution.Id %}"}, LOST),
        ({"Token": "{% $statesman %}"}, LOST),
        ({"Token": "$states.context.Task.Token"}, LOST),
        ({"Token.$": "$$.Task.Token"}, LOST),
        ({"Token": {"Fn::Sub": "{% $${!x} & '${Purchase}' %}"}}, LOST),
    ],
)
def test_token_in_jsonata(arguments: Any, expected: Any) -> None:
    body = machine("Parameters", Arguments=arguments, QueryLanguage="JSONata")
    assert found(body) == expected
    del asking(body)["QueryLanguage"]
    definition(body)["QueryLanguage"] = "JSONata"
    assert found(body) == expected


def test_timeout_that_nothing_catches() -> None:
    assert found(machine("Catch")) == UNCAUGHT
    assert found(machine(Catch=[])) == UNCAUGHT
    assert found(machine(Catch={"Ref": "AWS::NoValue"})) == UNCAUGHT
    assert found(machine(Catch=[{"Ref": "AWS::NoValue"}])) == UNCAUGHT
    assert found(machine("TimeoutSeconds", "Catch")) == NO_END
    assert findings(machine("Catch"))[0].severity == "warning"


@pytest.mark.parametrize(
    ("fields", "caught"),
    [
        ({"TimeoutSeconds": 9}, {"States.ALL", "States.Timeout"}),
        ({"TimeoutSecondsPath": "$.n"}, {"States.ALL", "States.Timeout"}),
        ({"TimeoutSeconds": 9, "HeartbeatSeconds": 3}, {"States.ALL", "States.Timeout"}),
        (
            {"HeartbeatSeconds": 3},
            {"States.ALL", "States.Timeout", "States.HeartbeatTimeout", "States.TaskFailed"},
        ),
    ],
)
def test_errors_that_catch_a_timeout(fields: dict[str, Any], caught: set[str]) -> None:
    errors = ("States.ALL", "States.Timeout", "States.HeartbeatTimeout", "States.TaskFailed", "Refused")
    for error in errors:
        catch = [{"ErrorEquals": ["Other"]}, {"ErrorEquals": ["Another", error], "Next": "Expired"}]
        body = machine("TimeoutSeconds", Catch=catch)
        asking(body).update(fields)
        assert found(body) == ([] if error in caught else UNCAUGHT), error


@pytest.mark.parametrize(
    "catch",
    [
        {"Ref": "Unknown"},
        [{"Ref": "Unknown"}],
        [{"ErrorEquals": {"Ref": "Unknown"}}],
        [{"ErrorEquals": [{"Ref": "Unknown"}]}],
        "odd",
        [{}],
    ],
)
def test_catchers_that_are_not_known(catch: Any) -> None:
    assert found(machine(Catch=catch)) == []


@pytest.mark.parametrize("kind", ["Parallel", "Iterator", "ItemProcessor"])
def test_state_around_it_that_catches(kind: str) -> None:
    scope = definition(machine("Catch"))
    assert found(around(kind, scope)) == UNCAUGHT
    assert found(around(kind, scope, Catch=ALL)) == []
    assert found(around(kind, scope, ToleratedFailurePercentage=100)) == []
    outer = definition(around(kind, scope))
    assert found(around("Parallel", outer, Catch=ALL)) == []
    beside = around(kind, scope)
    definition(beside)["States"]["Beside"] = {**deepcopy(asking(right("SFN-1"))), "Catch": ALL}
    assert found(beside) == UNCAUGHT


def express(body: dict[str, Any], kind: Any = "EXPRESS") -> dict[str, Any]:
    return changed(body, "Purchase.Properties.StateMachineType", kind)


ACTIVITY = {"Type": "AWS::StepFunctions::Activity", "Properties": {"Name": "ask"}}
DATA_TASK = "arn:aws:states:::dynamodb:getItem"


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        {"Fn::Sub": "arn:${AWS::Partition}:states:::sqs:sendMessage.waitForTaskToken"},
        "arn:aws:states:::batch:submitJob.sync",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:eu-west-1:111122223333:activity:ask",
        {"Fn::Sub": "arn:aws:states:${AWS::Region}:${AWS::AccountId}:activity:ask"},
        {"Ref": "Activity"},
        {"Fn::GetAtt": ["Activity", "Arn"]},
    ],
)
def test_express_workflow_that_waits(resource: Any) -> None:
    body = changed(machine(Resource=resource), "Activity", ACTIVITY)
    assert found(express(body)) == EXPRESS
    assert found(express(body, "STANDARD")) == []
    assert found(express(body, {"Ref": "Unknown"})) == []
    assert found(body) == []


@pytest.mark.parametrize(
    "resource", [DATA_TASK, {"Ref": "Unknown"}, {"Ref": "Purchase"}, "arn:aws:states:::sns:publish.synced"]
)
def test_express_workflow_that_asks(resource: Any) -> None:
    assert found(express(machine(Resource=resource))) == []


def test_express_workflow_that_a_text_gives_an_activity() -> None:
    body = machine(Resource="${Activity}")
    text = text_of(body)
    at = [("SFN-4", "Purchase/Properties/DefinitionString")]
    body = changed(body, "Activity", ACTIVITY)
    assert found(express(as_text(body, {"Fn::Sub": text}))) == at
    substituted = as_text(body, text, DefinitionSubstitutions={"Activity": {"Ref": "Activity"}})
    assert found(express(substituted)) == at


def test_express_child_workflows() -> None:
    scope = {**definition(right("SFN-1")), "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    assert found(around("ItemProcessor", scope)) == EXPRESS
    scope["ProcessorConfig"]["ExecutionType"] = "STANDARD"
    assert found(around("ItemProcessor", scope)) == []
    assert found(stack(express(around("ItemProcessor", scope)))) == EXPRESS


def test_what_waits_is_named() -> None:
    (finding,) = findings(express(right("SFN-1")))
    assert finding.message == "the state Ask waits (sendMessage.waitForTaskToken), which express workflows cannot"
    (finding,) = findings(express(changed(machine(Resource={"Ref": "Activity"}), "Activity", ACTIVITY)))
    assert finding.message == "the state Ask waits (Activity), which express workflows cannot"
