"""The alarms of an API: what raises them, who is told, and what it needs to be heard."""

import json
import re
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, Duration, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from constructs_lib import Auth, InvalidArgument, ProtectedApi
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.testing import template_of
from tests.api.apis import PROBE, api_with
from tests.statements import only, resources

ALARM = "AWS::CloudWatch::Alarm"
ALARMS = {"ServerErrorsAlarm", "LatencyAlarm", "ThrottlesAlarm"}


def watched(stack: Stack, **arguments: Any) -> ProtectedApi:
    topic = sns.Topic(stack, "OnCall", master_key=kms.Key(stack, "Key"))
    api = ProtectedApi(stack, "Api", alarm_topic=topic, **arguments)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    return api


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    stack = Stack(App(), "Desk")
    watched(stack)
    return template_of(stack)


@pytest.fixture(scope="module")
def logged() -> dict[str, Any]:
    stack = Stack(App(), "Desk")
    watched(stack, logging=ApiGatewayLogging(stack, "Logging"))
    return template_of(stack)


def alarm(template: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (each for key, each in resources(template, ALARM).items() if key.startswith(f"Api{name}"))
    return found


def test_without_a_topic_there_are_none() -> None:
    stack, api = api_with()
    assert api.alarms == {}
    assert resources(template_of(stack), ALARM) == {}


def test_with_one_there_are_three() -> None:
    assert set(watched(Stack(App(), "Desk")).alarms) == {"server_errors", "latency", "throttles"}


@pytest.mark.parametrize("name", sorted(ALARMS))
@pytest.mark.parametrize("form", ["template", "logged"])
def test_the_topic_is_told_of_three_bad_minutes_in_five_and_of_their_end(
    name: str, form: str, request: pytest.FixtureRequest
) -> None:
    template = request.getfixturevalue(form)
    made = alarm(template, name)
    (topic,) = resources(template, "AWS::SNS::Topic")
    assert made["AlarmActions"] == made["OKActions"] == [{"Ref": topic}]
    assert (made["EvaluationPeriods"], made["DatapointsToAlarm"]) == (5, 3)
    assert made["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert made["TreatMissingData"] == "notBreaching"
    assert made["AlarmDescription"].startswith("Desk/Api: ")


def dimensions(metric: dict[str, Any], template: dict[str, Any]) -> None:
    """Of this API and stage, and of no other."""
    (stage,) = resources(template, "AWS::ApiGateway::Stage")
    name = only(template, "AWS::ApiGateway::RestApi")["Name"]
    assert metric["Dimensions"] == [{"Name": "ApiName", "Value": name}, {"Name": "Stage", "Value": {"Ref": stage}}]
    assert metric.get("Namespace") == "AWS/ApiGateway"


def test_errors_are_counted_as_a_rate(template: dict[str, Any]) -> None:
    made = alarm(template, "ServerErrors")
    assert (made["MetricName"], made["Statistic"], made["Period"], made["Threshold"]) == (
        "5XXError",
        "Average",
        60,
        0.05,
    )
    dimensions(made, template)


def test_one_slow_request_in_a_hundred_counts(template: dict[str, Any]) -> None:
    made = alarm(template, "Latency")
    assert (made["MetricName"], made["ExtendedStatistic"], made["Period"]) == ("Latency", "p99", 60)
    assert made["Threshold"] == 20_000
    dimensions(made, template)


def test_what_is_slow_may_be_said() -> None:
    stack = Stack(App(), "Desk")
    watched(stack, latency_alarm=Duration.millis(500))
    made = alarm(template_of(stack), "Latency")
    assert made["Threshold"] == 500
    assert "takes 0.5 seconds or longer" in made["AlarmDescription"]


def test_without_logs_the_use_of_the_limit_tells_of_throttles(template: dict[str, Any]) -> None:
    made = alarm(template, "Throttles")
    requests, percent = sorted(made["Metrics"], key=lambda each: each["ReturnData"])
    assert percent["Expression"] == "100 * requests / 60 / 100"
    metric = requests["MetricStat"]
    assert (requests["Id"], metric["Metric"]["MetricName"], metric["Stat"], metric["Period"]) == (
        "requests",
        "Count",
        "Sum",
        60,
    )
    dimensions(metric["Metric"], template)
    assert made["Threshold"] == 80
    assert resources(template, "AWS::Logs::MetricFilter") == {}


def test_a_limit_may_be_known_only_at_deployment() -> None:
    stack = Stack(App(), "Desk")
    watched(stack, rate_limit=CfnParameter(stack, "Rate", type="Number").value_as_number)
    percent = next(
        each for each in alarm(template_of(stack), "Throttles")["Metrics"] if each["ReturnData"] is not False
    )
    assert percent["Expression"] == {"Fn::Join": ["", ["100 * requests / 60 / ", {"Ref": "Rate"}]]}


def test_with_logs_each_refusal_is_counted(logged: dict[str, Any]) -> None:
    counter = only(logged, "AWS::Logs::MetricFilter")
    log = logged["Resources"][counter["LogGroupName"]["Ref"]]["Properties"]
    assert "LogGroupName" not in log, "the execution log does not have the status"
    stage = only(logged, "AWS::ApiGateway::Stage")["AccessLogSetting"]
    # The format quotes the status, so that the pattern has to compare text.
    assert json.loads(stage["Format"])["status"] == "$context.status"
    assert counter["FilterPattern"] == '{ $.status = "429" }'
    (transformation,) = counter["MetricTransformations"]
    assert (transformation["MetricValue"], transformation["DefaultValue"]) == ("1", 0)
    made = alarm(logged, "Throttles")
    assert (made["Statistic"], made["Period"], made["Threshold"]) == ("Sum", 60, 1)
    assert made["MetricName"] == transformation["MetricName"]
    assert made["MetricName"].endswith(only(logged, "AWS::ApiGateway::RestApi")["Name"])
    assert made["Namespace"] == transformation["MetricNamespace"]


def test_cloudwatch_may_publish_through_the_topics_encryption(template: dict[str, Any]) -> None:
    told = {"Service": "cloudwatch.amazonaws.com"}
    (publish,) = only(template, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert (publish["Action"], publish["Principal"]) == ("sns:Publish", told)
    statements = only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    (use,) = (statement for statement in statements if statement["Principal"] == told)
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


@pytest.mark.parametrize("latency", [Duration.seconds(0), Duration.seconds(30)])
def test_a_latency_that_no_answer_can_have_is_refused(latency: Duration) -> None:
    stack = Stack(App(), "Refused")
    sentence = f"latency_alarm must be 0.05 to 29 seconds, got {latency.to_seconds():g}"
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        ProtectedApi(stack, "Api", latency_alarm=latency)
    assert stack.node.children == []
