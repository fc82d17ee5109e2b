"""Many approvals that many people decide on at once: none is lost, none counts twice."""

from collections import Counter

import pytest

from benchmarks.approval_load import load
from tests.approval.trial_desk import TrialDesk

pytestmark = pytest.mark.local_aws


def test_many_approvals_are_decided_at_once(trial: TrialDesk) -> None:
    done = load(trial, approvals=60, clients=20)
    assert done.wrong() == []
    assert done.dead_letters == 0
    # 12 of them twice by the same person, and 12 also by somebody else, who comes first or is refused.
    assert Counter(answer.status for answer in done.answers) == {200: 72, 409: 12}
