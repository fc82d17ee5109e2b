"""Who is told when something needs a person: one topic for the alarms of all stacks."""

from aws_cdk import CfnOutput, Environment, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from constructs_lib.checks import acknowledge


class OperationsStack(Stack):
    """The topic that alarms are told to; the constructs that raise them let CloudWatch and RDS publish to it."""

    def __init__(self, scope: Construct, id: str, *, email: str | None, env: Environment | None = None) -> None:
        super().__init__(scope, id, env=env, description="Purchase desk: who is told when something needs a person")
        # AWS's own key would let no alarm use it.
        key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=RemovalPolicy.DESTROY)
        self.alarms = sns.Topic(self, "Alarms", master_key=key, enforce_ssl=True)
        if email:
            acknowledge(
                self.alarms.add_subscription(subscriptions.EmailSubscription(email)),
                "Serverless-SNSRedrivePolicy",
                reason="A mail that could not be delivered tells nobody later; the alarm itself still shows its state.",
            )
        CfnOutput(self, "AlarmTopic", value=self.alarms.topic_arn)
