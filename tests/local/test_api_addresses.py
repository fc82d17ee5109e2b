"""The ways to a REST API: its own address, names with paths under them, and VPC endpoints."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from constructs_lib.local import LocalAws
from tests.local.rest_api import MOCK, DeployedApi, method, of_api, rest_api
from tests.local.stack import Resources, Stack, having

pytestmark = pytest.mark.local_aws

_NAME = "api.addresses.example.com"
_ANYONE = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
_ANY_APIS = _ANYONE | {"Resource": "*"}


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [*statements]}


def _saying(text: str) -> Resources:
    """A method that answers with a text of its own."""
    response = {"StatusCode": "200", "ResponseTemplates": {"application/json": text}}
    return method(verb="ANY", integration=MOCK | {"IntegrationResponses": [response]})


def _mapping(kind: str, **properties: Any) -> Resources:
    stage = {"DomainName": _NAME, "Stage": {"Ref": "Stage"}}
    return {"Type": f"AWS::{kind}", "Properties": stage | properties}


def _by_name(aws: LocalAws, path: str) -> requests.Response:
    """The answer of the API that a path under the name leads to."""
    return requests.get(aws.endpoint_url + path, headers={"Host": _NAME}, verify=aws.environment["AWS_CA_BUNDLE"])


@pytest.fixture
def stack(local_aws: LocalAws, request: pytest.FixtureRequest) -> Iterator[Stack]:
    stack = Stack(local_aws, request.node.name.replace("_", "-"))
    yield stack
    stack.delete()


def test_apis_share_a_name_by_their_paths(local_aws: LocalAws, stack: Stack) -> None:
    name = {"DomainName": _NAME, "EndpointConfiguration": {"Types": ["REGIONAL"]}}
    at_root = _mapping("ApiGateway::BasePathMapping", RestApiId={"Ref": "Api"}) | {"DependsOn": "Name"}
    site = {"Name": {"Type": "AWS::ApiGateway::DomainName", "Properties": name}, "AtRoot": at_root}
    stack.deploy(site | rest_api({"Method": _saying("site")}))
    shop = Stack(local_aws, "shop-under-the-same-name")
    mappings = {
        "Shallow": _mapping("ApiGateway::BasePathMapping", RestApiId={"Ref": "Api"}, BasePath="orders"),
        "Deep": _mapping("ApiGatewayV2::ApiMapping", ApiId={"Ref": "Api"}, ApiMappingKey="shop/v1/orders"),
    }
    shop.deploy(mappings | rest_api({"Method": _saying("orders")}))

    paths = ("/orders", "/orders/", "/shop/v1/orders", "/")
    assert [_by_name(local_aws, path).text for path in paths] == ["orders"] * 3 + ["site"]
    # A path that only begins alike is of the API at the root, which has no such resource.
    assert "Missing Authentication Token" in _by_name(local_aws, "/orders-of-old").text
    shop.delete()
    assert "Missing Authentication Token" in _by_name(local_aws, "/orders").text


def test_an_api_may_close_its_own_address(local_aws: LocalAws, stack: Stack) -> None:
    resources = rest_api({"Method": _saying("open")})
    api = DeployedApi.deploy(local_aws, stack, resources)
    assert api.call().status_code == 200
    with stack.changed(resources, Api=having(resources["Api"], DisableExecuteApiEndpoint=True)):
        assert api.call().status_code == 403
        told = local_aws.client("apigateway").get_rest_api(restApiId=api.id)
        assert (told["disableExecuteApiEndpoint"], told["endpointConfiguration"]["types"]) == (True, ["EDGE"])
    assert api.call().status_code == 200


def test_an_api_answers_under_the_name_that_aws_gives_it(local_aws: LocalAws, stack: Stack) -> None:
    api = DeployedApi.deploy(local_aws, stack, rest_api({"Method": _saying("here")}))
    name, trusted = f"{api.id}.execute-api.{api.region}.amazonaws.com", local_aws.environment["AWS_CA_BUNDLE"]
    for host in (name, f"{name}:443"):
        assert requests.get(f"{local_aws.endpoint_url}/prod/", headers={"Host": host}, verify=trusted).text == "here"
    other = {"Host": f"{name}.example.com"}
    assert "here" not in requests.get(f"{local_aws.endpoint_url}/prod/", headers=other, verify=trusted).text


def _endpoint(service: str = "execute-api", **more: Any) -> Resources:
    name = {"Fn::Join": ["", ["com.amazonaws.", {"Ref": "AWS::Region"}, f".{service}"]]}
    properties = {"VpcId": {"Ref": "Vpc"}, "ServiceName": name, "VpcEndpointType": "Interface"}
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties | more}


def _through(api: DeployedApi, way: str | None) -> str:
    """Where a private API is called through a VPC endpoint; without one, its own address."""
    host = f"{api.id}-{api.outputs[way]}" if way else api.id
    return api.aws.local_url(f"https://{host}.execute-api.{api.region}.amazonaws.com/prod/")


def _status(api: DeployedApi, way: str | None, verb: str = "GET", **headers: str) -> int:
    trusted = api.aws.environment["AWS_CA_BUNDLE"]
    return requests.request(verb, _through(api, way), headers=headers, verify=trusted).status_code


def _signed(api: DeployedApi, way: str, verb: str) -> int:
    request = AWSRequest(verb, _through(api, way))
    mine = api.aws.environment
    credentials = Credentials(mine["AWS_ACCESS_KEY_ID"], mine["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(credentials, "execute-api", api.region).add_auth(request)
    return _status(api, way, verb, **dict(request.headers.items()))


_ONLY_THROUGH = {"StringNotEquals": {"aws:SourceVpce": [{"Ref": "Endpoint"}]}}
_USERS = of_api(
    "Authorizer",
    Name="users",
    Type="COGNITO_USER_POOLS",
    IdentitySource="method.request.header.Authorization",
    ProviderARNs=[{"Fn::GetAtt": ["Users", "Arn"]}],
)
_PRIVATE: Resources = {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.31.0.0/16"}},
    "Endpoint": _endpoint(PolicyDocument=_policy(_ANY_APIS)),
    "Other": _endpoint(),
    "Stranger": _endpoint(),
    "Queues": _endpoint("sqs"),
    "Users": {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "private"}},
    "Name": {"Type": "AWS::ApiGateway::DomainName", "Properties": {"DomainName": _NAME}},
    "ByName": _mapping("ApiGateway::BasePathMapping", RestApiId={"Ref": "Api"}) | {"DependsOn": "Name"},
} | rest_api(
    {
        "OfUsers": _USERS,
        "Get": method(verb="GET"),
        "Post": method(AuthorizationType="COGNITO_USER_POOLS", AuthorizerId={"Ref": "OfUsers"}),
        "Put": method(verb="PUT", AuthorizationType="AWS_IAM"),
    },
    EndpointConfiguration={
        "Types": ["PRIVATE"],
        "VpcEndpointIds": [{"Ref": "Endpoint"}, {"Ref": "Other"}, {"Ref": "Queues"}],
    },
    Policy=_policy(_ANYONE, _ANYONE | {"Effect": "Deny", "Condition": _ONLY_THROUGH}),
)
_WAYS = {name: {"Ref": name} for name in ("Endpoint", "Other", "Stranger", "Queues")}


def test_a_private_api_answers_through_its_endpoint_only(local_aws: LocalAws, stack: Stack) -> None:
    api = DeployedApi.deploy(local_aws, stack, _PRIVATE, **_WAYS)
    assert _status(api, "Endpoint") == 200
    # The second is the API's, but its policy does not name it.
    assert [_status(api, way) for way in ("Other", "Stranger", "Queues", None)] == [403] * 4
    # Whoever else checks the caller, the API's policy is heard.
    assert (_status(api, "Endpoint", "POST"), _status(api, "Other", "POST")) == (401, 403)
    assert (_signed(api, "Endpoint", "PUT"), _signed(api, "Other", "PUT")) == (200, 403)
    shut = having(_PRIVATE["Endpoint"], PolicyDocument=_policy(_ANY_APIS | {"Resource": "arn:aws:execute-api:*:*:b/*"}))
    with stack.changed(_PRIVATE, Endpoint=shut):
        assert _status(api, "Endpoint") == 403
    with stack.changed(_PRIVATE, Api=having(_PRIVATE["Api"], Policy=_policy(_ANYONE))):
        assert [_status(api, way) for way in ("Endpoint", "Other")] == [200, 200]
        assert [_status(api, way) for way in ("Stranger", "Queues", None)] == [403] * 3
        assert _by_name(local_aws, "/").status_code == 403
