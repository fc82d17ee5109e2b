"""Where work that failed for good waits for a person, who is told."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.services.alarm import telling


class DeadLetterQueue(Construct):
    """An encrypted queue that raises an alarm as soon as anything lies in it.

    Messages are kept for 14 days, the longest that SQS allows (Amazon SQS message quotas), and the queue itself is kept
    when its stack is deleted: what lies in it is lost work.

    Attributes:
        queue: the queue; encrypted with a key that SQS manages, reachable over TLS only.
        alarm: raised while the queue is not empty. SQS tells of a queue that has slept for six hours after up to 15
            minutes (Available CloudWatch metrics for Amazon SQS), else the alarm comes within one or two.
    """

    def __init__(self, scope: Construct, id: str, *, alarm_topic: sns.ITopic | None = None) -> None:
        """Make the queue and its alarm.

        Args:
            scope: the construct that the queue belongs to.
            id: the construct id.
            alarm_topic: is told when the alarm is raised; None raises it without telling anyone.
        """
        super().__init__(scope, id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.alarm = cloudwatch.Alarm(
            self,
            "NotEmpty",
            alarm_description=f"Work that failed for good lies in {self.node.path}",
            metric=self.queue.metric_approximate_number_of_messages_visible(
                period=Duration.minutes(1), statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        if alarm_topic is not None:
            self.alarm.add_alarm_action(telling(self, alarm_topic))
        acknowledge(
            self.queue,
            "AwsSolutions-SQS3",
            "Serverless-SQSRedrivePolicy",
            reason="This is itself the dead-letter queue: a person empties it after its alarm.",
        )
