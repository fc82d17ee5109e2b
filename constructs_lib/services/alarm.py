"""An alarm that tells a topic of itself and of its end, and whoever is on call what to do."""

from weakref import WeakKeyDictionary

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.services.topic_policy import CLOUDWATCH, let_publish

Operator = cloudwatch.ComparisonOperator

_telling: "WeakKeyDictionary[Stack, WeakKeyDictionary[sns.ITopic, actions.SnsAction]]" = WeakKeyDictionary()


def alarm(
    scope: Construct,
    id: str,
    *,
    metric: cloudwatch.IMetric,
    tells: str,
    topic: sns.ITopic | None,
    above: float | None = None,
    below: float | None = None,
    periods: int = 1,
    breaching: int | None = None,
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
) -> cloudwatch.Alarm:
    """Raise an alarm while a metric is above or below a threshold, and tell a topic of it and of its end.

    Args:
        scope: the construct that the alarm is about.
        id: the construct id.
        metric: what is watched.
        tells: what is wrong, and what to do.
        topic: is told; None raises the alarm without telling anyone.
        above: the threshold, which may be reached and not passed.
        below: the same of a metric that must not fall; one of the two.
        periods: over how many of the metric's periods it is decided.
        breaching: in how many of these the threshold is passed; None is all.
        missing: what a period without a value means; as a rule nothing was asked of what is watched, and it is well.

    Raises:
        InvalidArgument: a FIFO topic, or one that is encrypted with AWS's own key.
    """
    threshold = below if above is None else above
    assert threshold is not None  # noqa: S101 - there is one
    raised = cloudwatch.Alarm(
        scope,
        id,
        alarm_description=f"{scope.node.path}: {tells}",
        metric=metric,
        threshold=threshold,
        comparison_operator=Operator.LESS_THAN_THRESHOLD if above is None else Operator.GREATER_THAN_THRESHOLD,
        evaluation_periods=periods,
        datapoints_to_alarm=breaching,
        treat_missing_data=missing,
    )
    if topic is not None:
        action = telling(scope, topic)
        raised.add_alarm_action(action)
        raised.add_ok_action(action)
    return raised


def telling(scope: Construct, topic: sns.ITopic) -> actions.SnsAction:
    """Return the action of telling a topic, which lets CloudWatch in from now on; once for all alarms of a stack.

    Without that an alarm is silent where the topic has a policy of its own, such as to be reached over TLS only, or is
    encrypted.
    """
    of_stack = _telling.setdefault(Stack.of(scope), WeakKeyDictionary())
    action = of_stack.get(topic)
    if action is None:
        let_publish(scope, topic, CLOUDWATCH)
        action = of_stack[topic] = actions.SnsAction(topic)
    return action
