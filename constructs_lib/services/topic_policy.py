"""What a topic's policy, and its key's, must say so that RDS and CloudWatch are heard."""

from aws_cdk import Annotations, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct, IDependable

from constructs_lib.arguments import InvalidArgument, has, require

RDS, CLOUDWATCH = "events.rds.amazonaws.com", "cloudwatch.amazonaws.com"

_MANAGED_KEY = "alias/aws/sns"


def let_publish(scope: Construct, topic: sns.ITopic, *services: str) -> IDependable | None:
    """Let AWS services publish to a topic on behalf of the account of ``scope``, through its encryption too.

    A topic without a policy of its own lets every service of the account publish; its first statement ends that. Name
    all services, therefore, that the topic is to hear.

    An imported topic's policy cannot be changed from here. It stays as it is, and a warning at synth says what it must
    allow.

    Args:
        scope: where the services' resources stand.
        topic: a standard topic.
        services: principals, such as `RDS`.

    Returns:
        What must exist before the first message, if anything.

    Raises:
        InvalidArgument: the topic is encrypted with AWS's own key, which lets no service use it; or it is FIFO.
    """
    _check(topic)
    # By account, not by ARN: a topic of another stack would else wait for the database, and the database for it.
    conditions = {"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
    principals: list[iam.IPrincipal] = [iam.ServicePrincipal(service) for service in services]
    in_policy = topic.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["sns:Publish"], principals=principals, resources=[topic.topic_arn], conditions=conditions
        )
    )
    # SNS calls the key on behalf of who publishes (Amazon SNS, Key management).
    may_use_key = (
        topic.master_key is None
        or topic.master_key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                principals=principals,
                resources=["*"],
                conditions=conditions,
            )
        ).statement_added
    )
    if not (in_policy.statement_added and may_use_key):
        Annotations.of(scope).add_warning_v2(
            "constructs-lib:imported-topic",
            f"{' and '.join(services)} must be allowed to publish to the imported topic {topic.node.path}, and to use "
            "its key (kms:Decrypt, kms:GenerateDataKey*) if it has one: its policies cannot be changed from here. "
            "SNS's default policy allows it within the account; AWS's own key does not.",
        )
    return in_policy.policy_dependable


def let_account_publish(topic: sns.ITopic) -> None:
    """Let those services publish to a topic that do so in its account's own name, of which none is documented.

    So says the policy that SNS gives to a topic without one (Amazon SNS, Example cases for access control); as soon as
    a topic has a policy of its own, it has to say so itself. An imported topic's stays as it is.
    """
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["sns:Publish"],
            principals=[iam.AnyPrincipal()],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"AWS:SourceOwner": Stack.of(topic).account}},
        )
    )


def _check(topic: sns.ITopic) -> None:
    require(has(topic, "topic_arn"), "topic", "be an SNS topic", topic, "Amazon SNS event sources")
    if topic.fifo:
        raise InvalidArgument("topic", "be a standard one, not FIFO", topic.node.path, "Amazon SNS event sources")
    if getattr(topic.master_key, "alias_name", None) == _MANAGED_KEY:
        rule = (
            "be encrypted with a customer managed key, or not at all: AWS's own lets neither RDS nor CloudWatch use it"
        )
        raise InvalidArgument("topic", rule, _MANAGED_KEY, "Amazon SNS, Key management")
