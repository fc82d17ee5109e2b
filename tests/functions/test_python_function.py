"""PythonFunction: within Lambda's limits, and with no right that it does not need."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Aws, Duration, RemovalPolicy, Stack, Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from constructs_lib import InvalidArgument, PythonFunction
from constructs_lib.checks import add_checks
from constructs_lib.services.work_queue import WorkQueue
from constructs_lib.testing import template_of
from constructs_lib.testing.template import MASK
from tests.statements import allowed, only, resources, role_of

LAYER = "arn:aws:lambda:eu-central-1:123456789012:layer:one:1"
IDENTITY = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"


@pytest.fixture(scope="module")
def template(handlers: Path) -> dict[str, Any]:
    app = App()
    stack = Stack(app, "Outside")
    function = PythonFunction(stack, "Submit", source=handlers)
    function.add_to_role_policy(iam.PolicyStatement(actions=["ses:SendEmail"], resources=[IDENTITY]))
    add_checks(app)  # which fails the synth on any error
    return template_of(stack)


@pytest.fixture(scope="module")
def function(template: dict[str, Any]) -> dict[str, Any]:
    return only(template, "AWS::Lambda::Function")


def test_it_runs_python_3_14_on_arm64(function: dict[str, Any]) -> None:
    assert (function["Runtime"], function["Architectures"]) == ("python3.14", ["arm64"])
    assert function["Handler"] == "index.handler"
    assert function["Code"]["S3Key"] == f"{MASK}.zip"


def test_its_limits_are_stated(function: dict[str, Any]) -> None:
    assert (function["MemorySize"], function["Timeout"]) == (256, 29)
    assert function["EphemeralStorage"] == {"Size": 512}


def test_it_logs_json_to_a_group_of_its_own_that_forgets(template: dict[str, Any], function: dict[str, Any]) -> None:
    (name,) = resources(template, "AWS::Logs::LogGroup")
    assert function["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": {"Ref": name}}
    group = template["Resources"][name]
    assert group["Properties"] == {"RetentionInDays": 30}
    assert group["DeletionPolicy"] == "Delete"


def test_it_is_traced_and_named_in_its_logs(function: dict[str, Any]) -> None:
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Environment"]["Variables"] == {"POWERTOOLS_SERVICE_NAME": "Submit"}


def test_its_role_may_log_and_trace_and_what_was_granted(template: dict[str, Any], function: dict[str, Any]) -> None:
    (group,) = resources(template, "AWS::Logs::LogGroup")
    group_arn = {"Fn::GetAtt": [group, "Arn"]}
    assert allowed(template, role_of(function)) == {
        "logs:CreateLogStream": [group_arn],
        "logs:PutLogEvents": [group_arn],
        "xray:PutTraceSegments": ["*"],
        "xray:PutTelemetryRecords": ["*"],
        "ses:SendEmail": [IDENTITY],
    }
    role = template["Resources"][role_of(function)]["Properties"]
    assert "ManagedPolicyArns" not in role


def test_only_lambda_may_assume_it(template: dict[str, Any]) -> None:
    (trust,) = only(template, "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_it_stands_outside_of_any_vpc(function: dict[str, Any]) -> None:
    assert "VpcConfig" not in function


def test_it_outlives_none_of_its_rights(template: dict[str, Any]) -> None:
    """aws-cdk#34400: what deletes a policy before its function orphans network interfaces."""
    (function,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::Lambda::Function")
    (policy,) = resources(template, "AWS::IAM::Policy")
    assert set(function["DependsOn"]) == {policy, role_of(function["Properties"])}


def test_what_a_user_grants_is_judged_on_its_own(handlers: Path) -> None:
    """What is acknowledged on the role's own rights covers no wildcard that comes later."""
    app = App()
    function = PythonFunction(Stack(app, "Open"), "Submit", source=handlers)
    function.add_to_role_policy(iam.PolicyStatement(actions=["ses:SendEmail"], resources=["*"]))
    add_checks(app)
    with pytest.raises(RuntimeError, match=r"SubmitRole/DefaultPolicy/.*\n.*AwsSolutions-IAM5\[Resource::\*\]"):
        app.synth()


@pytest.fixture(scope="module")
def told(handlers: Path) -> dict[str, Any]:
    stack = Stack(App(), "Told")
    PythonFunction(
        stack,
        "Submit",
        source=str(handlers),
        handler="api/submit.handler",
        runtime=lambda_.Runtime.PYTHON_3_12,
        architecture=lambda_.Architecture.X86_64,
        memory_mib=10_240,
        timeout=Duration.minutes(15),
        ephemeral_storage_mib=10_240,
        environment={"POWERTOOLS_SERVICE_NAME": "requests", "TABLE": Aws.STACK_NAME},
        layers=[lambda_.LayerVersion.from_layer_version_arn(stack, "Layer", LAYER)],
        dead_letter_queue=WorkQueue(stack, "Failed").queue,
        description="Takes requests",
        tracing=lambda_.Tracing.PASS_THROUGH,
        log_retention=logs.RetentionDays.ONE_YEAR,
        log_removal_policy=RemovalPolicy.RETAIN,
    )
    return template_of(stack)


@pytest.fixture(scope="module")
def told_function(told: dict[str, Any]) -> dict[str, Any]:
    return only(told, "AWS::Lambda::Function")


def test_all_are_passed_on(told_function: dict[str, Any]) -> None:
    assert told_function["Handler"] == "api/submit.handler"
    assert (told_function["Runtime"], told_function["Architectures"]) == ("python3.12", ["x86_64"])
    assert (told_function["MemorySize"], told_function["Timeout"]) == (10_240, 900)
    assert told_function["EphemeralStorage"] == {"Size": 10_240}
    assert told_function["Layers"] == [LAYER]
    assert told_function["Description"] == "Takes requests"
    assert told_function["TracingConfig"] == {"Mode": "PassThrough"}
    variables = {"POWERTOOLS_SERVICE_NAME": "requests", "TABLE": {"Ref": "AWS::StackName"}}
    assert told_function["Environment"]["Variables"] == variables


def test_failed_invocations_may_be_sent_to_the_queue(told: dict[str, Any], told_function: dict[str, Any]) -> None:
    queue = told_function["DeadLetterConfig"]["TargetArn"]
    assert allowed(told, role_of(told_function))["sqs:SendMessage"] == [queue]


def test_logs_can_be_kept(told: dict[str, Any]) -> None:
    (group,) = (each for each in told["Resources"].values() if each["Type"] == "AWS::Logs::LogGroup")
    assert group["Properties"]["RetentionInDays"] == 365
    assert group["DeletionPolicy"] == "Retain"


def test_without_tracing_there_is_no_right_to_trace(handlers: Path) -> None:
    stack = Stack(App(), "Untraced")
    PythonFunction(stack, "Submit", source=handlers, tracing=lambda_.Tracing.DISABLED)
    template = template_of(stack)
    function = only(template, "AWS::Lambda::Function")
    assert "TracingConfig" not in function
    assert set(allowed(template, role_of(function))) == {"logs:CreateLogStream", "logs:PutLogEvents"}


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ({"memory_mib": 64}, "memory_mib must be 128 to 10240 MiB, got 64 (Lambda quotas)"),
            ({"memory_mib": 10_241}, "memory_mib must be 128 to 10240 MiB, got 10241"),
            ({"memory_mib": 512.5}, "memory_mib must be 128 to 10240 MiB, got 512.5"),
            ({"timeout": Duration.minutes(16)}, "timeout must be 1 to 900 seconds, got 960"),
            ({"timeout": Duration.millis(500)}, "timeout must be 1 to 900 seconds, got 0.5"),
            ({"ephemeral_storage_mib": 511}, "ephemeral_storage_mib must be 512 to 10240 MiB, got 511"),
            ({"environment": {"BIG": "x" * 4_096}}, "environment must be 0 to 4096 bytes, got 4128"),
            ({"log_retention": logs.RetentionDays.INFINITE}, "log_retention must be finite"),
            ({"handler": "index"}, "handler must have the form module.function, got 'index'"),
            ({"handler": "index.handler "}, "handler must have the form module.function"),
            ({"handler": "missing.handler"}, "handler must name a module in"),
            ({"handler": "api.handler"}, "handler must name a module in"),
            ({"source": "no/such/folder"}, "source must be a folder"),
            ({"subnets": ec2.SubnetSelection(one_per_az=True)}, "subnets must come with a vpc"),
        ],
    )
    def test_wrong_arguments(self, handlers: Path, arguments: dict[str, Any], sentence: str) -> None:
        stack = Stack(App(), "Refused")
        with pytest.raises(InvalidArgument) as refused:
            PythonFunction(stack, "Submit", **{"source": handlers, **arguments})
        assert sentence in str(refused.value)
        assert not stack.node.children

    def test_more_than_five_layers(self, handlers: Path) -> None:
        stack = Stack(App(), "Refused")
        layers = [lambda_.LayerVersion.from_layer_version_arn(stack, f"Layer{n}", LAYER) for n in range(6)]
        with pytest.raises(InvalidArgument, match="layers must be 0 to 5 layers, got 6"):
            PythonFunction(stack, "Submit", source=handlers, layers=layers)

    def test_tokens_are_not_judged(self, handlers: Path) -> None:
        stack = Stack(App(), "Tokens")
        memory: Any = Token.as_number({"Ref": "Memory"})
        environment = {"URL": Aws.URL_SUFFIX * 300}
        PythonFunction(stack, "Submit", source=handlers, memory_mib=memory, environment=environment)
        assert only(template_of(stack), "AWS::Lambda::Function")["MemorySize"] == {"Ref": "Memory"}


@pytest.mark.parametrize("handler", ["index.handler", "api.submit.handler", "api/submit.handler", "package.handler"])
def test_a_handler_may_lie_in_folders_and_packages(handlers: Path, handler: str) -> None:
    PythonFunction(Stack(App(), "Folders"), "Submit", source=handlers, handler=handler)
