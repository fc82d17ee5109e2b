"""Callers that are no users: AWS roles, whose signatures IAM checks, and whoever a function lets in."""

import pytest
from botocore.credentials import Credentials

from sample_app.sign_in import Tokens
from tests.api.local_app import KEY
from tests.api.local_desk import Desk, Signature

pytestmark = pytest.mark.local_aws

LAMENT = "open barley"


def test_a_role_may_call_the_route_that_it_was_granted_and_no_other(desk: Desk) -> None:
    for role, own, other in (("Importer", "imports", "exports"), ("Exporter", "exports", "imports")):
        signature = desk.signature(role)
        assert desk.call(f"GET /{own}", auth=signature).status_code == 200
        assert desk.call(f"GET /{other}", auth=signature).status_code == 403


def test_a_role_may_not_use_another_method_of_its_route(desk: Desk) -> None:
    assert desk.call("POST /imports", auth=desk.signature("Exporter"), json={}).status_code == 403


def test_only_a_true_signature_counts(desk: Desk, tokens: Tokens) -> None:
    assert desk.call("GET /imports").status_code == 403
    assert desk.call("GET /imports", tokens.id_token).status_code == 403
    nobody = Signature(Credentials("AKIAIOSFODNN7EXAMPLE", "forged"))
    importer = desk.signature("Importer").credentials
    forger = Signature(Credentials(importer.access_key, "forged", importer.token))
    for signature in (nobody, forger):
        assert desk.call("GET /imports", auth=signature).status_code == 403


def test_a_function_decides_who_comes_in(desk: Desk, tokens: Tokens) -> None:
    assert desk.call("GET /vault", headers={"X-Key": KEY}).status_code == 200
    assert desk.call("GET /vault", headers={"X-Key": LAMENT}).status_code == 403
    assert desk.call("GET /vault").status_code == 401
    assert desk.call("GET /vault", tokens.id_token).status_code == 401


def asked_at(desk: Desk, path: str) -> str:
    """When the function gave the answer that a request came in by."""
    answer = desk.call(f"GET {path}", headers={"X-Key": KEY})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["caller"]["asked_at"])


def test_a_function_is_asked_anew_unless_its_answers_are_kept(desk: Desk) -> None:
    assert asked_at(desk, "/vault") != asked_at(desk, "/vault")
    assert asked_at(desk, "/shelves/7") == asked_at(desk, "/shelves/7")


def test_an_answer_that_is_kept_counts_for_its_path_and_its_key_only(desk: Desk) -> None:
    assert desk.call("GET /shelves/9", headers={"X-Key": KEY}).status_code == 200
    assert desk.call("GET /shelves/private", headers={"X-Key": KEY}).status_code == 403
    assert desk.call("GET /shelves/9", headers={"X-Key": LAMENT}).status_code == 403
    assert desk.call("GET /shelves/9").status_code == 401
