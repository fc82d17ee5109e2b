"""The biggest approval there can be: it fits into an item, with every decision on it."""

import json
from typing import Any

import pytest

from constructs_lib.approval.runtime.desk import approvals as desk_table
from constructs_lib.quotas import APPROVAL_QUORUM, APPROVAL_SUMMARY_LENGTH
from tests.approval.desk_api import ask, call, decide, stored

pytestmark = pytest.mark.local_aws

QUORUM = int(APPROVAL_QUORUM.maximum)
LONGEST = 256 * 1024
"""What a task of Step Functions takes, in bytes; so the details are shorter than that (service quotas)."""


def test_the_biggest_approval_is_kept_whole(approvals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_table, "_table", approvals)
    monkeypatch.setenv("GROUPS", '["managers"]')
    monkeypatch.setenv("RETENTION_SECONDS", "86400")
    summary, details, comment = "한" * int(APPROVAL_SUMMARY_LENGTH.maximum), "x" * LONGEST, "🫖" * 2_000
    ask(approvals, quorum=QUORUM, summary=summary, details=details, task_token="t" * 1024)
    for number in range(QUORUM):
        name = f"{number}".rjust(128, "n")
        person = {"sub": name, "email": f"{name}@example.com", "cognito:groups": "managers"}
        assert decide(person, "approved", comment)[0] == 200
    item = stored(approvals)
    assert (item["status"], item["details"], item["summary"]) == ("approved", details, summary)
    assert [each["comment"] for each in item["decisions"]] == [comment] * QUORUM
    status, shown = call("GET", "/approvals/one", person)
    assert (status, shown["details"], len(shown["history"])) == (200, details, QUORUM)
    assert len(json.dumps(shown).encode()) < 6 * 1024 * 1024  # Lambda's response
