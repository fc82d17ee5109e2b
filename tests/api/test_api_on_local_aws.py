"""An API with users and an edge domain, deployed with the real CDK CLI in two regions and called over HTTPS.

The local AWS has no CloudFront, no name server and no logs of APIs: that the name answers at the edge, that it is
found, and that lines are written is left to AWS. Of the services that answer a route themselves it calls SQS only, and
of their templates it knows no condition: what the others are told, and each status within one of a service's, is judged
as text in ``test_aws_action``. It keeps no authorizer's answer for a method and a path, so those are asked anew here.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from constructs_lib.local import LocalAws
from sample_app.sign_in import SignInPage, Tokens, new_verifier
from tests.api.local_app import CALLBACK, KEY, NAME, ORIGIN, REGION, synthesize

pytestmark = pytest.mark.local_aws

EMAIL, PASSWORD = "erin@example.com", f"Aa1!{secrets.token_urlsafe(16)}"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Desk:
    """The deployed app."""

    aws: LocalAws
    outputs: dict[str, str]

    @property
    def page(self) -> SignInPage:
        """The page that the app sends its users to."""
        return SignInPage(self.aws.endpoint_url, self.outputs["ClientId"], CALLBACK, self.trusted)

    @property
    def trusted(self) -> str:
        """Whom its servers are certified by."""
        return self.aws.environment["AWS_CA_BUNDLE"]

    def call(self, path: str, token: str | None = None, method: str = "GET", **asked: Any) -> requests.Response:
        """Ask the API something."""
        url = self.aws.local_url(self.outputs["ApiUrl"] + path)
        headers = ({"Authorization": token} if token else {}) | asked.pop("headers", {})
        return requests.request(method, url, headers=headers, verify=self.trusted, **asked)

    def sent(self) -> Any:
        """The message that waits in the queue of orders, taken from it; None without one."""
        sqs = self.aws.client("sqs", REGION)
        queue = self.outputs["OrdersUrl"]
        for message in sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return message
        return None


def cdk(aws: LocalAws, command: str, assembly: str, *options: str) -> None:
    """Run the real CLI on the app."""
    done = aws.run(["npx", "cdk", command, "--all", "--app", assembly, *options], cwd=ROOT, capture=True)
    assert done.returncode == 0, done.stdout


def deploy(aws: LocalAws, assembly: str) -> None:
    cdk(aws, "deploy", assembly, "--require-approval=never", "--method=direct")


@pytest.fixture(scope="module")
def desk(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    local_aws.bootstrap("us-east-1", REGION)
    assembly = synthesize(tmp_path_factory.mktemp("desk"))
    deploy(local_aws, assembly)
    stack = local_aws.client("cloudformation", REGION).describe_stacks(StackName="Desk")["Stacks"][0]
    desk = Desk(local_aws, {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]})
    cognito = local_aws.client("cognito-idp", REGION)
    pool = desk.outputs["UserPoolId"]
    attributes = [{"Name": "email", "Value": EMAIL}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(UserPoolId=pool, Username=EMAIL, UserAttributes=attributes, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=EMAIL, Password=PASSWORD, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=EMAIL, GroupName="managers")
    yield desk
    cdk(local_aws, "destroy", assembly, "--force")
    assert certificates(local_aws, "us-east-1") == []


@pytest.fixture(scope="module")
def tokens(desk: Desk) -> Tokens:
    return desk.page.sign_in(EMAIL, PASSWORD, scope="openid email aws.cognito.signin.user.admin")


def certificates(aws: LocalAws, region: str) -> list[str]:
    """The names that have a certificate in a region."""
    found = aws.client("acm", region).list_certificates()["CertificateSummaryList"]
    return [certificate["DomainName"] for certificate in found]


def domain_of(aws: LocalAws) -> Any:
    return aws.client("apigateway", REGION).get_domain_name(domainName=NAME)


def tampered(token: str) -> str:
    """The token with other claims and its old signature."""
    header, claims, signature = token.split(".")
    return ".".join([header, claims[:-2] + ("AA" if claims[-2:] != "AA" else "BB"), signature])


def test_nobody_comes_in_without_a_token(desk: Desk) -> None:
    assert desk.call("requests/7").status_code == 401


def test_a_false_token_does_not_help(desk: Desk, tokens: Tokens) -> None:
    for token in ("false", tampered(tokens.id_token)):
        assert desk.call("requests/7", token).status_code == 401


def test_who_signs_in_on_the_page_comes_in_as_themselves(desk: Desk, tokens: Tokens) -> None:
    answer = desk.call("requests/7", tokens.id_token)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["email"], answer.json()["parameters"]) == (EMAIL, {"id": "7"})
    assert "managers" in answer.json()["groups"]


def test_the_page_lets_nobody_in_with_a_wrong_password(desk: Desk) -> None:
    with pytest.raises(PermissionError, match="did not let"):
        desk.page.sign_in(EMAIL, "Wrong1!password")


def test_a_stolen_code_is_worth_nothing_without_its_verifier(desk: Desk) -> None:
    code = desk.page.code_for(EMAIL, PASSWORD, new_verifier())
    with pytest.raises(PermissionError, match="not accepted: 400"):
        desk.page.trade(code, new_verifier())


def test_no_password_is_taken_past_the_page(desk: Desk) -> None:
    cognito = desk.aws.client("cognito-idp", REGION)
    with pytest.raises(cognito.exceptions.ClientError, match=r"not enabled|not supported|NotAuthorized"):
        cognito.initiate_auth(
            ClientId=desk.outputs["ClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
        )


def test_a_route_with_scopes_takes_an_access_token_that_carries_one(desk: Desk, tokens: Tokens) -> None:
    assert desk.call("profile", tokens.access_token).status_code == 200
    without = desk.page.sign_in(EMAIL, PASSWORD, scope="openid email")
    assert desk.call("profile", without.access_token).status_code in (401, 403)
    assert desk.call("profile", tokens.id_token).status_code in (401, 403)


def test_a_route_for_aws_identities_takes_a_signature(desk: Desk, tokens: Tokens) -> None:
    assert desk.call("import", tokens.id_token).status_code == 403
    url = desk.aws.local_url(desk.outputs["ApiUrl"] + "import")
    request = AWSRequest("GET", url)
    environment = desk.aws.environment
    credentials = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    assert requests.get(url, headers=dict(request.headers.items()), verify=desk.trusted).status_code == 200


def test_a_signature_of_nobody_is_refused(desk: Desk) -> None:
    url = desk.aws.local_url(desk.outputs["ApiUrl"] + "import")
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials("AKIAIOSFODNN7EXAMPLE", "forged"), "execute-api", REGION).add_auth(request)
    assert requests.get(url, headers=dict(request.headers.items()), verify=desk.trusted).status_code == 403


def test_a_function_decides_who_comes_in(desk: Desk, tokens: Tokens) -> None:
    assert desk.call("vault", headers={"X-Key": KEY}).status_code == 200
    assert desk.call("vault", headers={"X-Key": "open barley"}).status_code == 403
    assert desk.call("vault").status_code == 401
    assert desk.call("vault", tokens.id_token).status_code == 401


def test_a_message_reaches_its_queue_and_says_who_sent_it(desk: Desk, tokens: Tokens) -> None:
    assert desk.call("orders", method="POST", json={"item": "chair"}).status_code == 401
    assert desk.sent() is None
    hostile = {"item": "chair&MessageBody=desk&Action=DeleteQueue' \" $input.body #end \u2028"}
    answer = desk.call("orders", tokens.id_token, "POST", json=hostile)
    assert (answer.status_code, set(answer.json())) == (202, {"id"}), answer.text
    message = desk.sent()
    assert (json.loads(message["Body"]), message["MessageId"]) == (hostile, answer.json()["id"])
    pool = desk.aws.client("cognito-idp", REGION)
    user = pool.admin_get_user(UserPoolId=desk.outputs["UserPoolId"], Username=EMAIL)
    sub = next(each["Value"] for each in user["UserAttributes"] if each["Name"] == "sub")
    assert message["MessageAttributes"]["caller"] == {"StringValue": sub, "DataType": "String"}


def test_what_a_service_refuses_is_the_callers_mistake(desk: Desk, tokens: Tokens) -> None:
    """The queue takes a mebibyte; what it says of more stays between it and the API."""
    answer = desk.call("orders", tokens.id_token, "PUT", json={"item": "x" * 1_100_000})
    assert answer.status_code == 400
    assert "1048576" not in answer.text
    assert desk.sent() is None


def test_only_json_is_taken(desk: Desk, tokens: Tokens) -> None:
    headers = {"Content-Type": "text/plain"}
    assert desk.call("orders", tokens.id_token, "PUT", headers=headers, data="chair").status_code == 415
    assert desk.sent() is None


@pytest.fixture
def validating(desk: Desk) -> None:
    """Say over the API what the emulator's CloudFormation leaves out: validators, and which one a method has.

    That the template says so is for ``test_body_schema``; here it is the deployed model that judges.
    """
    apis = desk.aws.client("apigateway", REGION)
    (api,) = (api["id"] for api in apis.get_rest_apis()["items"])
    validator = apis.create_request_validator(restApiId=api, name="Body", validateRequestBody=True)["id"]
    (orders,) = (each["id"] for each in apis.get_resources(restApiId=api)["items"] if each["path"] == "/orders")
    change = {"op": "replace", "path": "/requestValidatorId", "value": validator}
    apis.update_method(restApiId=api, resourceId=orders, httpMethod="POST", patchOperations=[change])


@pytest.mark.usefixtures("validating")
def test_a_body_that_breaks_its_schema_goes_nowhere(desk: Desk, tokens: Tokens) -> None:
    for body in ({}, {"item": 7}, {"item": "chair", "count": 0}, {"item": "chair", "colour": "red"}, "chair"):
        assert desk.call("orders", tokens.id_token, "POST", json=body).status_code == 400, body
    headers = {"Content-Type": "application/xml"}
    assert desk.call("orders", tokens.id_token, "POST", headers=headers, data="{}").status_code == 400
    assert desk.sent() is None
    assert desk.call("orders", tokens.id_token, "POST", json={"item": "chair", "count": 1}).status_code == 202
    assert desk.sent()


def test_an_open_route_is_open(desk: Desk) -> None:
    assert desk.call("health").status_code == 200


def test_a_page_of_the_origin_may_ask_and_may_read_why_it_was_refused(desk: Desk) -> None:
    preflight = desk.call("requests/7", method="OPTIONS")
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
    refused = desk.call("requests/7")
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, ORIGIN)


def test_the_name_leads_to_the_api(desk: Desk, tokens: Tokens) -> None:
    url = f"{desk.aws.endpoint_url}/requests/7"
    headers = {"Host": NAME}
    assert requests.get(url, headers=headers, verify=desk.trusted).status_code == 401
    headers["Authorization"] = tokens.id_token
    assert requests.get(url, headers=headers, verify=desk.trusted).status_code == 200


def test_the_name_is_found_by_both_kinds_of_address(desk: Desk) -> None:
    route53 = desk.aws.client("route53")
    records = {
        record["Type"]: record.get("AliasTarget", {}).get("DNSName")
        for zone in route53.list_hosted_zones()["HostedZones"]
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        if record["Name"] == f"{NAME}."
    }
    assert set(records) == {"A", "AAAA"}
    assert {target.rstrip(".") for target in records.values()} == {domain_of(desk.aws)["distributionDomainName"]}


def test_a_replaced_certificate_reaches_the_name_and_then_the_name_can_go(desk: Desk, tmp_path: Path) -> None:
    """What an owner does over the years with the CLI alone: another zone, then no domain; so this test is the last."""
    aws = desk.aws
    before = domain_of(aws)["certificateArn"]
    assert before.startswith("arn:aws:acm:us-east-1:")
    assert (certificates(aws, "us-east-1"), certificates(aws, REGION)) == ([NAME], [])

    deploy(aws, synthesize(tmp_path, "moved"))
    after = domain_of(aws)["certificateArn"]
    assert after != before
    assert aws.client("acm", "us-east-1").describe_certificate(CertificateArn=after)["Certificate"]

    deploy(aws, synthesize(tmp_path, "none"))
    assert aws.client("apigateway", REGION).get_domain_names()["items"] == []
