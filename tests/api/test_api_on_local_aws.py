"""An API with users and an edge domain, deployed with the real CDK CLI in two regions and called over HTTPS.

The local AWS has no CloudFront, no name server and no logs of APIs: that the name answers at the edge, that it is
found, and that lines are written is left to AWS.
"""

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
from tests.api.local_app import CALLBACK, NAME, ORIGIN, REGION, synthesize

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

    def call(self, path: str, token: str | None = None, method: str = "GET") -> requests.Response:
        """Ask the API something."""
        url = self.aws.local_url(self.outputs["ApiUrl"] + path)
        return requests.request(method, url, headers={"Authorization": token} if token else {}, verify=self.trusted)


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
