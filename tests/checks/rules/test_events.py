"""The rule of events: RDS may publish to the topic, and use its key."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, without

UNKNOWN = {"Fn::ImportValue": "elsewhere"}
STATEMENT = "OperatorsPolicy.Properties.PolicyDocument.Statement"
CLOSED = [("RDS-9", "Failovers/Properties/SnsTopicArn")]
RIGHT = right("RDS-9")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("0.Principal", {"Service": "cloudwatch.amazonaws.com"}),
        ("0.Principal", {"Service": []}),
        ("0.Principal", {}),
        ("0.Principal", {"AWS": "arn:aws:iam::111122223333:root"}),
        ("0.Principal", {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}),
        ("0.Principal", {"AWS": [{"Fn::GetAtt": ["Publisher", "Arn"]}]}),
        ("0.Principal", {"Federated": "example.com"}),
        ("0.Action", "sns:Subscribe"),
        ("0.Action", ["sns:Subscribe", "sns:Get*"]),
        ("0.Effect", "Deny"),
    ],
)
def test_a_policy_that_does_not_let_rds_publish(path: str, value: Any) -> None:
    body = changed(RIGHT, "Publisher", {"Type": "AWS::IAM::Role", "Properties": {}})
    assert found(changed(body, f"{STATEMENT}.{path}", value)) == CLOSED


def test_a_policy_that_only_asks_for_tls_replaces_the_default_one() -> None:
    denial = {"Effect": "Deny", "Action": "sns:Publish", "Principal": "*", "Resource": "*"}
    assert found(changed(RIGHT, STATEMENT, [denial])) == CLOSED
    (finding,) = findings(changed(RIGHT, STATEMENT, [denial]))
    assert finding.message == "the policy of the topic Operators does not let RDS publish the events of Failovers"
    assert found(changed(RIGHT, STATEMENT, [])) == CLOSED


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("0.Principal", "*"),
        ("0.Principal", {"AWS": "*"}),
        ("0.Principal", {"AWS": "111122223333"}),
        ("0.Principal", {"AWS": UNKNOWN}),
        ("0.Principal", {"AWS": ["arn:aws:iam::111122223333:root", "*"]}),
        ("0.Principal", {"Service": UNKNOWN}),
        ("0.Principal", {"Service": ["cloudwatch.amazonaws.com", UNKNOWN]}),
        ("0.Principal", {"Service": "*"}),
        ("0.Principal", UNKNOWN),
        ("0.Principal", None),
        ("0.Action", "sns:*"),
        ("0.Action", "SNS:Publish"),
        ("0.Action", UNKNOWN),
        ("0.Effect", UNKNOWN),
        ("0", UNKNOWN),
    ],
)
def test_a_policy_that_does_or_may(path: str, value: Any) -> None:
    assert found(changed(RIGHT, f"{STATEMENT}.{path}", value)) == []


@pytest.mark.parametrize("document", [UNKNOWN, {"Statement": UNKNOWN}, "{}"])
def test_a_policy_that_is_not_known(document: Any) -> None:
    assert found(changed(RIGHT, "OperatorsPolicy.Properties.PolicyDocument", document)) == []


def test_a_topic_without_a_policy_has_the_default_one() -> None:
    assert found(without(RIGHT, "OperatorsPolicy")) == []


def test_one_policy_of_several_is_enough() -> None:
    closed = changed(RIGHT, f"{STATEMENT}.0.Action", "sns:Subscribe")
    both = changed(closed, "Other", RIGHT["Resources"]["OperatorsPolicy"])
    assert found(both) == []
    assert found(changed(both, "Other.Properties.Topics", ["arn:aws:sns:eu-west-1:1:t"])) == []
    assert found(changed(both, "Other.Properties.Topics", UNKNOWN)) == []
    inline = {"TopicArn": {"Ref": "Operators"}, "PolicyDocument": {"Statement": []}}
    both = changed(both, "Other", {"Type": "AWS::SNS::TopicInlinePolicy", "Properties": inline})
    assert found(both) == CLOSED


def test_an_inline_policy_replaces_the_default_one_too() -> None:
    inline = {"TopicArn": {"Ref": "Operators"}, "PolicyDocument": {"Statement": []}}
    policy = {"Type": "AWS::SNS::TopicInlinePolicy", "Properties": inline}
    assert found(changed(RIGHT, "OperatorsPolicy", policy)) == CLOSED


@pytest.mark.parametrize("arn", ["arn:aws:sns:eu-west-1:111122223333:operators", UNKNOWN, None])
def test_a_topic_that_is_not_known(arn: Any) -> None:
    body = changed(RIGHT, f"{STATEMENT}.0.Action", "sns:Subscribe")
    assert found(changed(body, "Failovers.Properties.SnsTopicArn", arn)) == []


def test_a_topic_of_another_stack() -> None:
    topic = without(changed(RIGHT, f"{STATEMENT}.0.Action", "sns:Subscribe"), "Failovers")
    topic["Outputs"] = {"Topic": {"Value": {"Ref": "Operators"}, "Export": {"Name": "topic"}}}
    events = {"Resources": {"Failovers": RIGHT["Resources"]["Failovers"]}}
    events = changed(events, "Failovers.Properties.SnsTopicArn", {"Fn::ImportValue": "topic"})
    assert found(stack(topic, "Topic"), stack(events, "Events")) == CLOSED


KEY = {
    "Statement": [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Principal": {"Service": "events.rds.amazonaws.com"},
        },
    ]
}
ENCRYPTED = changed(RIGHT, "Key", {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY}})
ENCRYPTED = changed(ENCRYPTED, "Operators.Properties", {"KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}})
SECOND = "Key.Properties.KeyPolicy.Statement.1"


def test_a_key_that_lets_rds_use_it() -> None:
    assert found(ENCRYPTED) == []
    assert found(changed(ENCRYPTED, f"{SECOND}.Principal", {"Service": UNKNOWN})) == []
    assert found(changed(ENCRYPTED, "Key.Properties.KeyPolicy", UNKNOWN)) == []


def test_a_key_that_does_not() -> None:
    assert found(changed(ENCRYPTED, f"{SECOND}.Principal", {"Service": "cloudwatch.amazonaws.com"})) == CLOSED
    assert found(changed(ENCRYPTED, f"{SECOND}.Action", "kms:Decrypt")) == CLOSED
    assert found(changed(ENCRYPTED, f"{SECOND}.Action", "kms:GenerateDataKey*")) == CLOSED
    assert found(without(ENCRYPTED, "Key.Properties.KeyPolicy")) == CLOSED


@pytest.mark.parametrize("key", ["alias/aws/sns", {"Fn::Sub": "arn:aws:kms:eu-west-1:111122223333:alias/aws/sns"}])
def test_aws_own_key_does_not(key: Any) -> None:
    assert found(changed(ENCRYPTED, "Operators.Properties.KmsMasterKeyId", key)) == CLOSED


@pytest.mark.parametrize("key", ["alias/events", UNKNOWN, None])
def test_a_key_that_is_not_known(key: Any) -> None:
    assert found(changed(ENCRYPTED, "Operators.Properties.KmsMasterKeyId", key)) == []
