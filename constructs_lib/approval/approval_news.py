"""Who hears of what happens at a desk: a topic for people, an event bus for systems."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.approval.desk_function import desk_function
from constructs_lib.items.item_table import ItemTable

_EVENTS = ("requested", "reminded", "escalated", "approved", "rejected", "expired")


class ApprovalNews(Construct):
    """Tells a topic and an event bus of each change of an approval, at least once, from the audit's new entries.

    Attributes:
        topic: gets a message for people, with a link to the page if there is one; the attributes ``event``, ``status``
            and ``groups`` are for the filters of subscriptions.
        bus: gets an event from ``constructs_lib.approval``, such as ``Approval requested``.
        notifier: the function that tells both; it sees the audit's entries, which hold no task token.
        changes: the table's stream to it, with its dead-letter queue.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: ItemTable,
        page_url: str | None,
        topic: sns.ITopic | None,
        bus: events.IEventBus | None,
        encryption_key: kms.IKey | None,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        """Listen to a desk's table; the arguments are those of `ApprovalDesk`."""
        super().__init__(scope, id)
        self.topic = topic or self._topic(encryption_key)
        self.bus = bus or events.EventBus.from_event_bus_name(self, "Bus", "default")
        self.notifier = desk_function(
            self,
            "Notifier",
            handler="desk.notifier.handler",
            timeout=Duration.seconds(30),
            encryption_key=encryption_key,
            environment={
                "EVENT_BUS_ARN": self.bus.event_bus_arn,
                "TOPIC_ARN": self.topic.topic_arn,
                **({"PAGE_URL": page_url} if page_url else {}),
            },
        )
        if topic:
            topic.grant_publish(self.notifier)
        else:
            self._let_publish(encryption_key)
        self.bus.grant_put_events_to(self.notifier)
        self.changes = table.on_change(
            self.notifier,
            patterns=[{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"event": {"S": [*_EVENTS]}}}}],
            # As long as the stream keeps a piece of news, it is tried to tell it.
            retries=10_000,
            maximum_record_age=Duration.hours(24),
            late_after=Duration.minutes(5),
            alarm_topic=alarm_topic,
        )
        self.notifier.add_environment("DEAD_LETTERS_URL", self.changes.dead_letter_queue.queue.queue_url)

    def _let_publish(self, encryption_key: kms.IKey | None) -> None:
        iam.Grant.add_to_principal(grantee=self.notifier, actions=["sns:Publish"], resource_arns=[self.topic.topic_arn])
        if encryption_key:
            encryption_key.grant(self.notifier, "kms:Decrypt", "kms:GenerateDataKey*")

    def _topic(self, encryption_key: kms.IKey | None) -> sns.Topic:
        # AWS's own key costs nothing, and by its policy serves whoever in the account may publish.
        key = encryption_key or kms.Alias.from_alias_name(self, "TopicKey", "alias/aws/sns")
        return sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
