"""Work handed from one part to another, which no failing receiver loses."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.arguments import require_within
from constructs_lib.functions.environment import give_environment, is_function
from constructs_lib.quotas import SQS_MAX_RECEIVE_COUNT, SQS_VISIBILITY_TIMEOUT
from constructs_lib.services.dead_letter_queue import DeadLetterQueue


class WorkQueue(Construct):
    """A queue for work: encrypted, reachable over TLS only, with a dead-letter queue and its alarm.

    A message waits for 14 days at most (Amazon SQS message quotas). The queue is kept when its stack is deleted.

    Attributes:
        queue: the queue that work is sent to.
        dead_letter_queue: where a message goes that was received ``max_receive_count`` times without success.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        visibility_timeout: Duration | None = None,
        max_receive_count: int = 3,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Make the queue and its dead-letter queue.

        Args:
            scope: the construct that the queue belongs to.
            id: the construct id.
            visibility_timeout: how long a received message stays hidden from other receivers, 0 seconds to 12 hours
                (Amazon SQS message quotas). Give at least six times the timeout of the function that works it off
                (Using Lambda with Amazon SQS). None is six minutes, enough for a function of one minute.
            max_receive_count: after how many receives without success a message is dead, 1 to 1000.
            alarm_topic: is told when a message is dead; None raises the alarm without telling anyone.

        Raises:
            InvalidArgument: a timeout or count out of range.
        """
        timeout = visibility_timeout or Duration.minutes(6)
        require_within("visibility_timeout", timeout.to_seconds(integral=False), SQS_VISIBILITY_TIMEOUT)
        require_within("max_receive_count", max_receive_count, SQS_MAX_RECEIVE_COUNT)
        super().__init__(scope, id)
        self.dead_letter_queue = DeadLetterQueue(self, "DeadLetters", alarm_topic=alarm_topic)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=timeout,
            # The longest that SQS keeps a message: one that nobody receives in time is lost, dead-letter queue or not.
            retention_period=Duration.days(14),
            removal_policy=RemovalPolicy.RETAIN,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letter_queue.queue, max_receive_count=max_receive_count
            ),
        )

    def grant_send(self, grantee: iam.IGrantable, *, environment: str = "QUEUE_URL") -> iam.Grant:
        """Let a function or role send work, and tell a function where: the queue's URL is in ``environment``."""
        if is_function(grantee):
            give_environment(grantee, **{environment: self.queue.queue_url})
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["sqs:SendMessage"], resource_arns=[self.queue.queue_arn]
        )
