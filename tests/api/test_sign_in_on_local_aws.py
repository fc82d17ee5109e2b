"""From sign-up to the first request as a browser does it: real requests to the sign-in page, code and PKCE.

The local AWS has no page for signing up. Those two steps are here the calls by which an app without any credentials
signs somebody up, and the code is read in the mail that Cognito sent.
"""

import re
import secrets
from dataclasses import replace

import pytest
import requests

from sample_app.sign_in import new_verifier
from tests.api.local_desk import Desk, Person

pytestmark = pytest.mark.local_aws

EMAIL, PASSWORD = "gina@example.com", f"Aa1!{secrets.token_urlsafe(16)}"


def code_mailed_to(desk: Desk, email: str) -> str:
    """The code in the last mail to somebody."""
    inbox = requests.get(f"{desk.aws.endpoint_url}/_ministack/ses/messages", verify=desk.trusted, timeout=30).json()
    (*_, mail) = (mail for mails in inbox["messages"].values() for mail in mails if mail["To"] == [email])
    (code,) = re.findall(r"\b\d{6}\b", mail["BodyText"] or mail["BodyHtml"])
    return str(code)


def test_who_signs_up_and_proves_the_address_comes_in(desk: Desk) -> None:
    cognito, client = desk.client("cognito-idp"), desk.outputs["ClientId"]
    cognito.sign_up(ClientId=client, Username=EMAIL, Password=PASSWORD)
    with pytest.raises(PermissionError, match="did not let"):
        desk.page.sign_in(EMAIL, PASSWORD)

    code = code_mailed_to(desk, EMAIL)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    with pytest.raises(cognito.exceptions.CodeMismatchException):
        cognito.confirm_sign_up(ClientId=client, Username=EMAIL, ConfirmationCode=wrong)
    cognito.confirm_sign_up(ClientId=client, Username=EMAIL, ConfirmationCode=code)

    answer = desk.call("GET /requests/7", desk.page.sign_in(EMAIL, PASSWORD).id_token)
    assert (answer.status_code, answer.json()["caller"]["claims"]["email"]) == (200, EMAIL)


def test_the_page_lets_nobody_in_with_a_wrong_password(desk: Desk, erin: Person) -> None:
    with pytest.raises(PermissionError, match="did not let"):
        desk.page.sign_in(erin.email, "Wrong1!password")


def test_a_stolen_code_is_worth_nothing_without_its_verifier(desk: Desk, erin: Person) -> None:
    code = desk.page.code_for(erin.email, erin.password, new_verifier())
    with pytest.raises(PermissionError, match="not accepted: 400"):
        desk.page.trade(code, new_verifier())


def test_a_code_is_good_for_one_sign_in(desk: Desk, erin: Person) -> None:
    verifier = new_verifier()
    code = desk.page.code_for(erin.email, erin.password, verifier)
    assert desk.page.trade(code, verifier).id_token
    with pytest.raises(PermissionError, match="not accepted: 400"):
        desk.page.trade(code, verifier)


def test_the_page_sends_codes_to_the_app_only(desk: Desk, erin: Person) -> None:
    to_a_thief = replace(desk.page, callback_url="https://thief.example.com/signed-in")
    with pytest.raises(requests.HTTPError, match="400"):
        to_a_thief.sign_in(erin.email, erin.password)


def test_no_password_is_taken_past_the_page(desk: Desk, erin: Person) -> None:
    cognito = desk.client("cognito-idp")
    with pytest.raises(cognito.exceptions.ClientError, match=r"not enabled|not supported|NotAuthorized"):
        cognito.initiate_auth(
            ClientId=desk.outputs["ClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": erin.email, "PASSWORD": erin.password},
        )
