"""Tables are kept as they are told to, and guarded as on AWS: each stream by itself, and items by their key."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from constructs_lib.local.clients import aws_client
from tests.local.stack import Resources, Stack

pytestmark = pytest.mark.local_aws

SETTLED: dict[str, Any] = {
    "DeletionProtectionEnabled": True,
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true", "RecoveryPeriodInDays": 5},
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
}


def table(here: dict[str, Any] | None = None, **properties: Any) -> Resources:
    return {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "Replicas": [{"Region": "eu-west-3", **SETTLED}, {"Region": {"Ref": "AWS::Region"}, **(here or {})}],
            **properties,
        },
    }


def recovery(aws: LocalAws, name: str) -> dict[str, Any]:
    told = aws.client("dynamodb").describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return dict(told["PointInTimeRecoveryDescription"])


def deployed(stack: Stack, resource: Resources, **more: Resources) -> str:
    return stack.deploy({"Table": resource, **more}, {"Name": {"Ref": "Table"}})["Name"]


def test_settings_come_and_go(local_aws: LocalAws, stack: Stack) -> None:
    dynamodb = local_aws.client("dynamodb")
    name = deployed(stack, table(SETTLED, TimeToLiveSpecification={"AttributeName": "end", "Enabled": "true"}))
    told = dynamodb.describe_table(TableName=name)["Table"]
    assert told["DeletionProtectionEnabled"]
    assert told["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert recovery(local_aws, name)["RecoveryPeriodInDays"] == 5
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"] == "end"

    deployed(stack, table())
    told = dynamodb.describe_table(TableName=name)["Table"]
    assert not told["DeletionProtectionEnabled"]
    assert told["TableClassSummary"]["TableClass"] == "STANDARD"
    assert recovery(local_aws, name) == {"PointInTimeRecoveryStatus": "DISABLED"}
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_recovery_goes_back_as_far_as_on_aws_unless_told(local_aws: LocalAws, stack: Stack) -> None:
    name = deployed(stack, table({"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}))
    assert recovery(local_aws, name)["RecoveryPeriodInDays"] == 35


def test_a_right_to_one_stream_is_none_to_another(local_aws: LocalAws, stack: Stack) -> None:
    streamed = table(StreamSpecification={"StreamViewType": "NEW_IMAGE"})
    arns = {name: {"Fn::GetAtt": [name, "StreamArn"]} for name in ("Own", "Other")}
    streams = stack.deploy({"Own": streamed, "Other": streamed}, arns)
    reader = User(local_aws, "stream-reader", Action="dynamodb:*", Resource=streams["Own"]).client("dynamodbstreams")
    iterators = {name: iterator(local_aws.client("dynamodbstreams"), arn) for name, arn in streams.items()}

    assert iterator(reader, streams["Own"])
    assert reader.get_records(ShardIterator=iterators["Own"])["Records"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.describe_stream(StreamArn=streams["Other"])
    with pytest.raises(ClientError, match="AccessDenied"):
        iterator(reader, streams["Other"])
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_records(ShardIterator=iterators["Other"])


def iterator(streams: Any, stream: str) -> str:
    shard = "shardId-00000000000000000000-00000000"
    got = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return str(got["ShardIterator"])


def test_items_are_read_by_who_may_use_their_key_through_dynamodb(local_aws: LocalAws, stack: Stack) -> None:
    account = {"Effect": "Allow", "Principal": {"AWS": local_aws.account}, "Action": "kms:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [account]}
    key: Resources = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}
    sealed = table(
        {"SSESpecification": {"KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
        SSESpecification={"SSEEnabled": True, "SSEType": "KMS"},
    )
    outputs = {"Name": {"Ref": "Table"}, "Key": {"Fn::GetAtt": ["Key", "Arn"]}}
    made = stack.deploy({"Key": key, "Table": sealed}, outputs)
    user = User(local_aws, "item-reader", Action="dynamodb:GetItem", Resource="*")
    asked: dict[str, Any] = {"TableName": made["Name"], "Key": {"id": {"S": "1"}}}
    with pytest.raises(ClientError, match="AccessDenied"):
        user.client("dynamodb").get_item(**asked)

    via = {"StringEquals": {"kms:ViaService": f"dynamodb.{local_aws.region}.amazonaws.com"}}
    user.give("Key", Action="kms:Decrypt", Resource=made["Key"], Condition=via)
    assert "Item" not in user.client("dynamodb").get_item(**asked)


class User:
    """Somebody with a few rights."""

    def __init__(self, aws: LocalAws, name: str, **statement: Any) -> None:
        self._iam, self._name = aws.client("iam"), name
        self._iam.create_user(UserName=name)
        self.give("First", **statement)
        key = self._iam.create_access_key(UserName=name)["AccessKey"]
        given = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        self._environment = aws.environment | given

    def give(self, right: str, **statement: Any) -> None:
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
        self._iam.put_user_policy(UserName=self._name, PolicyName=right, PolicyDocument=json.dumps(document))

    def client(self, service: str) -> Any:
        return aws_client(service, self._environment)
