"""The deployed tables, and those who call them, each with the rights of one role."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from constructs_lib.local.clients import aws_client

_ROOT = Path(__file__).parents[2]

KEY = {"customer": {"S": "acme"}, "order": {"S": "1"}}
ORDER = KEY | {"state": {"S": "open"}, "day": {"S": "2026-11-23"}, "total": {"N": "5"}, "size": {"N": "2"}}


@dataclass(frozen=True)
class Place:
    """What is called: a table, its stream, and the Kinesis stream of the stack."""

    table: str
    stream: str
    shard: str
    iterator: str
    kinesis: str
    kinesis_iterator: str


@dataclass(frozen=True)
class Caller:
    """Somebody with the rights of a role."""

    environment: dict[str, str]
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = aws_client(service, self.environment)
        return self._clients[service]

    def may(self, call: "Callable[[Caller, Place], object]", place: Place) -> bool:
        """Call; tell whether that was allowed. Whatever else goes wrong is an error."""
        try:
            call(self, place)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            return False
        return True


@dataclass
class DeployedTables:
    """The stack."""

    aws: LocalAws
    stack: str
    _callers: dict[str, Caller] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)

    def cdk(self, command: str, assembly: str, *options: str) -> None:
        """Run the real CLI."""
        done = self.aws.run(["npx", "cdk", command, "--all", "--app", assembly, *options], cwd=_ROOT, capture=True)
        assert done.returncode == 0, done.stdout

    @cached_property
    def outputs(self) -> dict[str, str]:
        (described,) = self.aws.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    def name(self, table: str) -> str:
        """A table's name on AWS."""
        return self.outputs[f"{table}Table"]

    def fill(self) -> None:
        """Put an order into each table."""
        for table in ("Orders", "Others", "Sealed", "Existing"):
            self.aws.client("dynamodb").put_item(TableName=self.name(table), Item=ORDER)

    def caller(self, role: str) -> Caller:
        """Somebody with a role's rights."""
        if role not in self._callers:
            assumed = self.aws.client("sts").assume_role(RoleArn=self.outputs[f"{role}Arn"], RoleSessionName=role)
            keys = assumed["Credentials"]
            given = {
                "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                "AWS_SESSION_TOKEN": keys["SessionToken"],
            }
            self._callers[role] = Caller(self.aws.environment | given)
        return self._callers[role]

    def place(self, table: str) -> Place:
        """What calls about a table name; iterators are got by an administrator, that each call be judged alone."""
        if table not in self._places:
            streams, kinesis = self.aws.client("dynamodbstreams"), self.aws.client("kinesis")
            name, changes = self.name(table), self.outputs["KinesisStream"]
            stream = self.aws.client("dynamodb").describe_table(TableName=name)["Table"]["LatestStreamArn"]
            (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
            of_stream = streams.get_shard_iterator(
                StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )
            first = kinesis.list_shards(StreamARN=changes)["Shards"][0]["ShardId"]
            of_kinesis = kinesis.get_shard_iterator(StreamARN=changes, ShardId=first, ShardIteratorType="TRIM_HORIZON")
            self._places[table] = Place(
                name, stream, shard["ShardId"], of_stream["ShardIterator"], changes, of_kinesis["ShardIterator"]
            )
        return self._places[table]
