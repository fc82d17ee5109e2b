"""The story waits for what it needs, whatever else waits at the desk."""

import json

import requests

from sample_app.story import holds


def pile(*summaries: str) -> requests.Response:
    """What the desk answers when these wait."""
    answer = requests.Response()
    waiting = [{"summary": summary, "approval_id": f"id of {summary}"} for summary in summaries]
    answer._content = json.dumps({"approvals": waiting}).encode()
    return answer


def test_others_that_wait_do_not_stand_for_those_that_were_asked_for() -> None:
    assert holds(pile("A kettle", "A throne", "A desk"), "A desk", "A stapler") == {}


def test_once_all_are_there_they_are_given_by_what_they_are() -> None:
    found = holds(pile("A kettle", "A stapler", "A desk"), "A desk", "A stapler")
    assert found["A stapler"] == "id of A stapler"
