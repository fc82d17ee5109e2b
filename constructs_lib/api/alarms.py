"""The alarms that somebody on call wants of an API, each with what to do."""

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import require_kind, require_within
from constructs_lib.quotas import API_GATEWAY_INTEGRATION_TIMEOUT
from constructs_lib.services.topic_policy import CLOUDWATCH, let_publish

_NAMESPACE = "ProtectedApi"
_SLOW_SECONDS = 20

# Each minute gives one datapoint, and three of five must be bad: a single blip, which on a quiet API is all of its
# minute, wakes nobody, and one good minute in between clears nothing.
_MINUTES, _BAD_MINUTES = 5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When an alarm is raised, and what it tells."""

    metric: cloudwatch.IMetric
    threshold: float
    tells: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAlarms:
    """What the user of an API says of its alarms; see `ProtectedApi` for the meaning of each.

    An alarm costs 0.10 US$ a month for each metric; counting refused requests in an access log 0.30 US$ more.

    Raises:
        InvalidArgument: a latency that no answer can have.
    """

    topic: sns.ITopic | None
    latency: Duration | None

    def __post_init__(self) -> None:
        """Check the latency."""
        if self.latency is not None:
            require_kind("latency_alarm", self.latency, Duration, API_GATEWAY_INTEGRATION_TIMEOUT.source)
        require_within("latency_alarm", self._slow_seconds, API_GATEWAY_INTEGRATION_TIMEOUT)

    def make(
        self,
        scope: Construct,
        *,
        stage: apigateway.Stage,
        rate_limit: float,
        access_log: logs.ILogGroup | None,
    ) -> dict[str, cloudwatch.Alarm]:
        """Raise alarms of an API, and tell the topic of each and of its end; make none without a topic.

        Args:
            scope: the construct that the API belongs to.
            stage: of the API.
            rate_limit: requests a second that the stage lets through in the long run.
            access_log: where the status of each request stands, if anywhere.

        Returns:
            The alarms: ``server_errors``, ``latency`` and ``throttles``. For another threshold, set it on the alarm's
            ``node.default_child``, a ``cloudwatch.CfnAlarm``.

        Raises:
            InvalidArgument: a FIFO topic, or one that is encrypted with AWS's own key.
        """
        if self.topic is None:
            return {}
        let_publish(scope, self.topic, CLOUDWATCH)
        rules = {
            "server_errors": _failing(stage),
            "latency": _slow(stage, self._slow_seconds),
            "throttles": _refused(scope, stage, access_log) if access_log else _near_limit(stage, rate_limit),
        }
        action = actions.SnsAction(self.topic)
        return {name: _alarm(scope, name, rule, action) for name, rule in rules.items()}

    @property
    def _slow_seconds(self) -> float:
        return self.latency.to_seconds(integral=False) if self.latency else _SLOW_SECONDS


def _failing(stage: apigateway.Stage) -> Rule:
    return Rule(
        # Of this metric, the average is the rate.
        metric=stage.metric_server_error(period=Duration.minutes(1), statistic=cloudwatch.Stats.AVERAGE),
        threshold=0.05,
        tells="5 % of the requests or more fail with 5xx. Look at the errors and timeouts of what answers the routes: "
        "502 is an answer that API Gateway cannot read, 504 none in time.",
    )


def _slow(stage: apigateway.Stage, seconds: float) -> Rule:
    return Rule(
        metric=stage.metric_latency(period=Duration.minutes(1), statistic=cloudwatch.Stats.percentile(99)),
        threshold=seconds * 1000,
        tells=f"One request in a hundred takes {seconds:g} seconds or longer; API Gateway answers 504 after "
        f"{API_GATEWAY_INTEGRATION_TIMEOUT.maximum:g}. Look at the traces for what is slow, or answer at once and work "
        "in the background.",
    )


def _refused(scope: Construct, stage: apigateway.Stage, access_log: logs.ILogGroup) -> Rule:
    """Count the requests that were told to slow down: a REST API has no metric of them, but its access log a line."""
    counter = logs.MetricFilter(
        scope,
        "Throttled",
        log_group=access_log,
        filter_pattern=logs.FilterPattern.string_value("$.status", "=", "429"),
        metric_namespace=_NAMESPACE,
        metric_name=f"Throttled-{stage.rest_api.rest_api_name}",
        metric_value="1",
        default_value=0,
    )
    return Rule(
        metric=counter.metric(period=Duration.minutes(1), statistic=cloudwatch.Stats.SUM),
        threshold=1,
        tells="Requests are refused with 429. Find in the access log who sends so many; if they are welcome, raise "
        "rate_limit and burst_limit, or the limit of the service behind the route.",
    )


def _near_limit(stage: apigateway.Stage, rate_limit: float) -> Rule:
    """Say how much of the limit is used, in percent, where nothing counts what is refused."""
    minute = Duration.minutes(1)
    return Rule(
        metric=cloudwatch.MathExpression(
            expression=f"100 * requests / 60 / {rate_limit}",
            using_metrics={"requests": stage.metric_count(period=minute, statistic=cloudwatch.Stats.SUM)},
            label="Of rate_limit (%)",
            period=minute,
        ),
        threshold=80,
        tells="The API takes 80 % of its rate_limit or more; above it requests are refused with 429. If they are "
        "welcome, raise the limit.",
    )


def _alarm(scope: Construct, name: str, rule: Rule, action: cloudwatch.IAlarmAction) -> cloudwatch.Alarm:
    alarm = cloudwatch.Alarm(
        scope,
        "".join(word.capitalize() for word in name.split("_")) + "Alarm",
        alarm_description=f"{scope.node.path}: {rule.tells}",
        metric=rule.metric,
        threshold=rule.threshold,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluation_periods=_MINUTES,
        datapoints_to_alarm=_BAD_MINUTES,
        # An API that nobody calls reports nothing, and is well.
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(action)
    alarm.add_ok_action(action)
    return alarm
