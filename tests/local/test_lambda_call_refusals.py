"""A PostgreSQL database calls Lambda only if AWS would let it: by its role, and by a way through the network."""

import pytest

from tests.local.calling_database import CallingDatabase
from tests.local.network import nat_gateway, rule
from tests.local.stack import Resources, allows, having

pytestmark = pytest.mark.local_aws


def test_needs_a_role_for_lambda(calls: CallingDatabase) -> None:
    for roles in ([], [{"FeatureName": "s3Export", "RoleArn": {"Fn::GetAtt": ["DatabaseRole", "Arn"]}}]):
        with calls.changed(Cluster=having(calls.resources["Cluster"], AssociatedRoles=roles)):
            refusal = calls.refusal()
        assert "credentials stored with the database cluster can't be accessed" in refusal
        assert "has no role" in refusal
        assert 'associated with the feature-name "Lambda"' in refusal
    assert calls.invoke()[0] == 200
    calls.received()


@pytest.mark.parametrize(
    ("service", "condition", "refused"),
    [
        ("lambda.amazonaws.com", {}, True),
        ("rds.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "111111111111"}}, True),
        ("rds.amazonaws.com", {"StringEquals": {"aws:SourceAccount": "000000000000"}}, False),
        ("rds.amazonaws.com", {"ArnLike": {"aws:SourceArn": "arn:aws:rds:*:*:cluster:*"}}, False),
    ],
)
def test_needs_a_role_that_trusts_rds(
    calls: CallingDatabase, service: str, condition: Resources, refused: bool
) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}, "Condition": condition}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    with calls.changed(DatabaseRole=having(calls.resources["DatabaseRole"], AssumeRolePolicyDocument=document)):
        if refused:
            assert "does not let rds.amazonaws.com assume it" in calls.refusal()
        else:
            assert calls.invoke()[0] == 200
            calls.received()


def test_needs_the_right_to_invoke(calls: CallingDatabase) -> None:
    with calls.changed(
        DatabaseRole=allows("rds.amazonaws.com", "lambda:InvokeFunction", "arn:aws:lambda:*:*:function:x")
    ):
        refusal = calls.refusal()
    assert "invoke API failed" in refusal
    assert "is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1" in refusal


def test_needs_the_right_to_invoke_a_version_by_its_own_name(calls: CallingDatabase) -> None:
    role = allows("rds.amazonaws.com", "lambda:InvokeFunction", {"Fn::GetAtt": ["Function", "Arn"]})
    with calls.changed(DatabaseRole=role):
        assert calls.invoke()[0] == 200
        assert "is not authorized to perform" in calls.refusal(options=", qualifier => '$LATEST'")
    calls.received()


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("DatabaseOut", "no security group of the database"),
        ("EndpointIn", "no security group of the endpoint of lambda lets the database"),
        ("Endpoint", "have neither an interface endpoint of lambda nor a NAT gateway"),
    ],
)
def test_needs_a_way_to_lambda(calls: CallingDatabase, missing: str, reason: str) -> None:
    with calls.changed(**{missing: None}):
        refusal = calls.refusal()
    assert "AWS Lambda client returned 'Unable to connect to endpoint'" in refusal
    assert reason in refusal


def test_goes_by_a_nat_gateway_where_there_is_no_endpoint(calls: CallingDatabase) -> None:
    anywhere = rule("Egress", "Database", "Endpoint", 443)
    anywhere["Properties"]["CidrIp"] = "0.0.0.0/0"
    del anywhere["Properties"]["DestinationSecurityGroupId"]
    routed = nat_gateway("10.21.9.0/24", "Subneta", "Subnetb")
    with calls.changed(**routed, Endpoint=None, DatabaseOut=anywhere):
        assert calls.invoke()[0] == 200
        calls.received()
    with calls.changed(**routed, Endpoint=None):
        assert "lets it out on port 443" in calls.refusal()
    internet = {"Type": "AWS::EC2::InternetGateway"}
    public = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "Internet"}, "RouteTableId": {"Ref": "Table"}}
    routed["Route"] = {"Type": "AWS::EC2::Route", "Properties": public}  # A database has no public address to use it.
    with calls.changed(**routed, Internet=internet, Endpoint=None, DatabaseOut=anywhere):
        assert "have neither an interface endpoint of lambda nor a NAT gateway" in calls.refusal()


def test_refuses_what_lambda_does_not_know(calls: CallingDatabase) -> None:
    with calls.changed(DatabaseRole=allows("rds.amazonaws.com", "lambda:InvokeFunction", "*")):
        assert "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none" in calls.refusal(
            function="none"
        )
        named = f"arn:aws:lambda:eu-west-1:000000000000:function:{calls.told['Function']}"
        assert "The function is in eu-west-1" in calls.refusal(function=named, options=", 'us-east-1'")
        assert "Invalid function name: a b" in calls.refusal(function="a b")
