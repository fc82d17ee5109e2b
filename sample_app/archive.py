"""What remains of every request: each of its changes in S3, for as long as anyone may ask."""

from aws_cdk import CfnOutput, Duration, Environment, Stack
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib import KinesisArchive


class ArchiveStack(Stack):
    """The archive, which is kept even where the requests themselves are not."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        changes: kinesis.IStream,
        alarm_topic: sns.ITopic,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="Purchase desk: every change of every request")
        archive = KinesisArchive(
            self,
            "Archive",
            source=changes,
            # Every change has it, and there are three; by request, each would have a folder of its own.
            partition_by={"event": ".eventName"},
            cold_after=Duration.days(90),
            alarm_topic=alarm_topic,
        )
        CfnOutput(self, "ArchiveBucket", value=archive.bucket.bucket_name)
