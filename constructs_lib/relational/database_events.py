"""What RDS tells about a database or its proxy, delivered to a topic, a queue or a function."""

from collections.abc import Sequence
from functools import cached_property
from typing import cast

from aws_cdk import Names, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import require
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.relational.backend import AnyDatabase
from constructs_lib.relational.event_source import EventSource, Of
from constructs_lib.relational.event_target import Target, check_target, deliver, is_topic
from constructs_lib.services.dead_letter_queue import DeadLetterQueue
from constructs_lib.services.topic_policy import CLOUDWATCH, RDS, let_publish

_SOURCE = "constructs_lib.relational"


class DatabaseEvents(Construct):
    """Lets topics, queues and functions hear what happens to a database: failovers, failures, maintenance, backups.

    Events tell about the database and never carry a row of it; for rows, let the database invoke a function. RDS sends
    them at its best effort: they may be missing or out of order (Monitoring Amazon RDS events), so nothing that must
    happen may hang on one alone.

    A queue or a function hears through a topic of its own, since all who hear a topic hear the same. These topics take
    TLS only and are encrypted with one key, which costs 1 US$ a month: AWS's own key does not let RDS use it.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        database: AnyDatabase,
        proxy: rds.IDatabaseProxy,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Make nothing yet.

        Args:
            scope: the construct that the database belongs to.
            id: the construct id.
            database: the cluster or the instance.
            proxy: the proxy before it.
            alarm_topic: is told when an event was not delivered; None raises that alarm without telling anyone.
        """
        super().__init__(scope, id)
        self._database = database
        self._proxy = proxy
        self._alarm_topic = alarm_topic
        self._topics: dict[str, sns.Topic] = {}

    def subscribe(
        self, target: Target, *, categories: Sequence[str] = (), of: Of = "database"
    ) -> rds.CfnEventSubscription:
        """Deliver events to a target, from the moment that this is deployed.

        A function finds each one, as JSON, in ``Records[].Sns.Message``; a queue's messages have it in ``Message``.
        What cannot be delivered lies for 14 days in `dead_letter_queue`, which has an alarm. So does what the function
        fails at three times, unless it has a dead-letter queue of its own.

        Args:
            target: a topic, whose policy and key let RDS, and still CloudWatch, publish from now on; a queue; or a
                function. What is imported must allow it itself, and a warning at synth says what.
            categories: of which events; none delivers all. A cluster, an instance and a proxy have different ones
                (Amazon RDS event categories and event messages).
            of: of the ``database`` or of its ``proxy``.

        Raises:
            InvalidArgument: a category that RDS does not have there; a target that has such events already, or that is
                none of the three; a FIFO topic or queue; a topic or a queue that is encrypted with AWS's own key.
        """
        source = EventSource.of(of, database=self._database, proxy=self._proxy)
        source.check(categories)
        check_target(target)
        name = Names.node_unique_id(target.node)
        own_id = f"{of.capitalize()}To{name}"
        rule = f"not hear of the {of} twice: name all categories at once"
        require(self.node.try_find_child(own_id) is None, "target", rule, target.node.path, _SOURCE)
        if is_topic(target):
            topic = cast("sns.ITopic", target)
            return subscribe_topic(self, own_id, topic=topic, source=source, categories=categories)
        topic = self._topic_for(target, name)
        return subscribe_topic(self, own_id, topic=topic, source=source, categories=categories, publishers=[RDS])

    @cached_property
    def key(self) -> kms.Key:
        """The key of the topics between RDS and the queues and functions; nothing is stored under it for long."""
        return kms.Key(
            self,
            "Key",
            description=f"Events of {self.node.path}",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,
        )

    @cached_property
    def dead_letter_queue(self) -> DeadLetterQueue:
        """Where an event lies that a queue or a function did not get."""
        dead_letters = DeadLetterQueue(self, "DeadLetters", alarm_topic=self._alarm_topic)
        if self._alarm_topic is None:
            acknowledge(
                dead_letters.alarm,
                *in_compliance_packs("CloudWatchAlarmAction"),
                reason="The owner named nobody to be told: alarm_topic. The alarm still shows its state.",
            )
        return dead_letters

    def _topic_for(self, target: Target, name: str) -> sns.Topic:
        if name not in self._topics:
            # A function names its subscriptions after the topics' ids: those of two databases must differ.
            own_id = f"{Names.node_unique_id(self.node)}To{name}"
            self._topics[name] = sns.Topic(self, own_id, master_key=self.key, enforce_ssl=True)
            deliver(self._topics[name], target, dead_letters=self.dead_letter_queue.queue)
        return self._topics[name]


def subscribe_topic(
    scope: Construct,
    id: str,
    *,
    topic: sns.ITopic,
    source: EventSource,
    categories: Sequence[str] = (),
    publishers: Sequence[str] = (RDS, CLOUDWATCH),
) -> rds.CfnEventSubscription:
    """Deliver a source's events to a topic, where its other publishers are heard as before."""
    policy = let_publish(scope, topic, *publishers)
    subscription = rds.CfnEventSubscription(
        scope,
        id,
        sns_topic_arn=topic.topic_arn,
        source_type=source.type,
        source_ids=[source.name],
        event_categories=list(categories) or None,
    )
    if policy is not None:
        # RDS refuses a subscription to a topic that it may not publish to (SNSNoAuthorization).
        subscription.node.add_dependency(policy)
    return subscription
