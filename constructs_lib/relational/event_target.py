"""Where events end: a topic, or a queue or a function that hears one."""

from typing import cast

from aws_cdk import Annotations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from constructs_lib.arguments import InvalidArgument

Target = sns.ITopic | sqs.IQueue | lambda_.IFunction


def deliver(topic: sns.Topic, target: Target, *, dead_letters: sqs.IQueue) -> None:
    """Let a queue or a function hear a topic; what it does not get, or fails at, lies in a dead-letter queue."""
    if _is_queue(target):
        _subscribe_queue(topic, cast("sqs.IQueue", target), dead_letters)
    else:
        _subscribe_function(topic, cast("lambda_.IFunction", target), dead_letters)


def _subscribe_queue(topic: sns.Topic, queue: sqs.IQueue, dead_letters: sqs.IQueue) -> None:
    topic.add_subscription(subscriptions.SqsSubscription(queue, dead_letter_queue=dead_letters))
    key = queue.encryption_master_key
    if not isinstance(queue, sqs.Queue) or not (key is None or isinstance(key, (kms.Key, kms.Alias))):
        Annotations.of(topic).add_warning_v2(
            "constructs-lib:imported-queue",
            f"sns.amazonaws.com must be allowed to send to the queue {queue.node.path} (sqs:SendMessage), and to use "
            "its key (kms:Decrypt, kms:GenerateDataKey) if it has one: a policy that is imported cannot be changed "
            "from here.",
        )


def _subscribe_function(topic: sns.Topic, function: lambda_.IFunction, dead_letters: sqs.IQueue) -> None:
    topic.add_subscription(subscriptions.LambdaSubscription(function, dead_letter_queue=dead_letters))
    if isinstance(function, lambda_.Function):
        _keep_failures(function, dead_letters)


def _keep_failures(function: lambda_.Function, dead_letters: sqs.IQueue) -> None:
    """Give a function a dead-letter queue, unless it has one.

    To SNS an event is delivered once Lambda has it; what the function fails at after that, Lambda would drop.
    """
    resource = cast("lambda_.CfnFunction", function.node.default_child)
    if resource.dead_letter_config is None:
        arn = dead_letters.queue_arn
        resource.dead_letter_config = lambda_.CfnFunction.DeadLetterConfigProperty(target_arn=arn)
        iam.Grant.add_to_principal(grantee=function, actions=["sqs:SendMessage"], resource_arns=[arn])


def check_target(target: Target) -> None:
    """Raise `InvalidArgument` for what is no target, and for a queue that could never hear a topic."""
    if _is_queue(target):
        queue, source = cast("sqs.IQueue", target), "Subscribing an Amazon SQS queue to an Amazon SNS topic"
        if queue.fifo:
            raise InvalidArgument("target", "be a standard queue, not FIFO", queue.node.path, source)
        if queue.encryption_type == sqs.QueueEncryption.KMS_MANAGED:
            rule = "be encrypted by SQS or with a customer managed key: AWS's own does not let SNS use it"
            raise InvalidArgument("target", rule, queue.node.path, source)
    elif not is_topic(target) and not hasattr(type(target), "function_arn"):
        raise InvalidArgument("target", "be a topic, a queue or a function", target, "constructs_lib.relational")


def is_topic(target: Target) -> bool:
    """Tell whether a target is a topic, of this app or imported."""
    return hasattr(type(target), "topic_arn")


def _is_queue(target: Target) -> bool:
    return hasattr(type(target), "queue_arn")
