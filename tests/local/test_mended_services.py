"""Where services answer as on AWS, and the emulator by itself does not."""

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from tests.local.stack import Resources, Stack

pytestmark = pytest.mark.local_aws


def test_nobody_signs_up_where_administrators_make_the_accounts(local_aws: LocalAws) -> None:
    cognito = local_aws.client("cognito-idp")
    for closed in (True, False):
        pool = cognito.create_user_pool(PoolName="p", AdminCreateUserConfig={"AllowAdminCreateUserOnly": closed})
        named = {"UserPoolId": pool["UserPool"]["Id"]}
        client = cognito.create_user_pool_client(**named, ClientName="c")["UserPoolClient"]["ClientId"]
        asked = {"ClientId": client, "Username": "hans", "Password": "Aa1!of-a-test"}
        if closed:
            with pytest.raises(ClientError, match=r"NotAuthorizedException.*SignUp is not permitted"):
                cognito.sign_up(**asked)
        else:
            assert cognito.sign_up(**asked)["UserConfirmed"] is False
        cognito.delete_user_pool(**named)


def test_an_events_detail_is_an_object(local_aws: LocalAws) -> None:
    details = ['{"a": 1}', '["a"]', "no JSON", "{}"]
    entries = [{"Source": "test", "DetailType": "test", "Detail": detail} for detail in details]
    put = local_aws.client("events").put_events(Entries=entries)
    assert put["FailedEntryCount"] == 2
    assert [entry.get("ErrorCode") for entry in put["Entries"]] == [None, "MalformedDetail", "MalformedDetail", None]
    assert len({entry["EventId"] for entry in put["Entries"] if "EventId" in entry}) == 2


def test_an_interface_endpoint_has_a_name_in_a_zone(local_aws: LocalAws, stack: Stack) -> None:
    vpc: Resources = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.32.0.0/16"}}
    service = f"com.amazonaws.{local_aws.region}.execute-api"
    properties = {"VpcId": {"Ref": "Vpc"}, "ServiceName": service, "VpcEndpointType": "Interface"}
    entry = {"Fn::Select": [0, {"Fn::GetAtt": ["Endpoint", "DnsEntries"]}]}
    parts = {name: {"Fn::Select": [at, {"Fn::Split": [":", entry]}]} for at, name in enumerate(("Zone", "Name"))}
    endpoint = {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}
    told = stack.deploy({"Vpc": vpc, "Endpoint": endpoint}, parts | {"Id": {"Ref": "Endpoint"}})
    assert told["Zone"].startswith("Z")
    assert told["Name"].startswith(told["Id"])
    assert told["Name"].endswith(f".execute-api.{local_aws.region}.vpce.amazonaws.com")
