"""Many approvals at once: ``python -m benchmarks.approval_load [--approvals 500] [--clients 20]``.

A desk is deployed on a local AWS, and so many workflows ask it. Once all wait, so many signed-in people decide at once:
each approval is decided on; every fifth one twice by the same person, as by a double click, and every fifth one also
the other way round by somebody else. In the end the answers that people got, the table, its audit, and what the
workflows were told must agree.

The times are those of an emulator on this machine. They say nothing of AWS.
"""

import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from constructs_lib.local import LocalAws
from sample_app.people import Person
from tests.approval.trial_desk import TrialDesk, deployed, until

PATIENCE = {"seconds": 600.0, "pause": 1.0}
TRIES = 10


@dataclass(frozen=True)
class Answer:
    """What somebody was answered who decided, and after how many seconds."""

    approval_id: str
    person: str
    decision: str
    status: int
    tries: int
    """Until the answer was no failure: on a slow machine a function may start for longer than it may run."""
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What became of one approval."""

    told: dict[str, Any]
    """What its workflow was told."""
    waited: float
    """For how many seconds the workflow waited from the decision on."""
    stored: str
    """The status in the table."""
    audit: Counter[str]
    """How often each event stands in it."""

    def agrees_with(self, answers: Sequence[Answer]) -> bool:
        """Tell whether one decision counted, everywhere the same one, and all others were refused on the record."""
        accepted = {(each.person, each.decision) for each in answers if each.status == 200}
        refused = [each for each in answers if each.status == 409]
        decision = self.told["decision"]
        return (
            accepted == {(self.told["decided_by"], decision)}
            and len(self.told["decisions"]) == 1
            and self.stored == decision
            and self.audit - Counter(refused=self.audit["refused"]) == Counter(["requested", decision])
            and len(refused) <= self.audit["refused"] <= sum(each.tries for each in refused)
        )


@dataclass(frozen=True)
class Load:
    """What became of all."""

    answers: list[Answer]
    outcomes: dict[str, Outcome]
    """By the approvals' ids."""
    seconds: float
    """From the first decision to the last answer."""
    dead_letters: int

    def wrong(self) -> list[tuple[Outcome, list[Answer]]]:
        """List what was lost or doubled, or of which not all say the same."""
        answers = defaultdict(list)
        for answer in self.answers:
            answers[answer.approval_id].append(answer)
        both = [(outcome, answers[approval_id]) for approval_id, outcome in self.outcomes.items()]
        return [(outcome, answers) for outcome, answers in both if not outcome.agrees_with(answers)]

    def __str__(self) -> str:
        statuses = Counter(answer.status for answer in self.answers)
        decisions = Counter(outcome.told["decision"] for outcome in self.outcomes.values())
        return "\n".join(
            [
                f"{len(self.outcomes)} approvals: {_listed(decisions)}",
                f"{len(self.answers)} decisions, {len(self.answers) / self.seconds:.0f} a second: {_listed(statuses)}",
                f"tried again: {sum(answer.tries - 1 for answer in self.answers)}",
                f"lost or doubled: {len(self.wrong())}; dead letters: {self.dead_letters}",
                f"from a decision to its answer: {_spread([answer.seconds for answer in self.answers])}",
                f"from a decision to the workflow's end: {_spread([each.waited for each in self.outcomes.values()])}",
            ]
        )


def load(trial: TrialDesk, *, approvals: int, clients: int) -> Load:
    """Ask so much, and let so many people decide at once."""
    with ThreadPoolExecutor(clients) as pool:
        people = list(pool.map(trial.hire, [f"client-{number}" for number in range(clients)]))
        list(pool.map(Person.waiting, people))  # All look at the list first: cold starts are another matter.
        executions = list(pool.map(trial.start, [f"Request {number}" for number in range(approvals)]))
        waiting = until(lambda: found if len(found := _waiting(trial)) == approvals else None, **PATIENCE)
        started = time.perf_counter()
        answers = list(pool.map(lambda click: _decide(*click), _clicks(waiting, people)))
        seconds = time.perf_counter() - started
        ends = list(pool.map(lambda execution: trial.end(execution, **PATIENCE), executions))
    letters = sum(trial.dead_letters(queue) for queue in ("Told", "News"))
    return Load(answers, _outcomes(trial, ends), seconds, letters)


def _waiting(trial: TrialDesk) -> list[str]:
    return [approval_id for summary, approval_id in trial.waiting().items() if summary.startswith("Request ")]


def _clicks(approval_ids: Sequence[str], people: Sequence[Person]) -> Iterator[tuple[str, Person, str]]:
    """Say who decides what; those of one approval come one after another, and so at once from several clients."""
    for number, approval_id in enumerate(approval_ids):
        person, somebody_else = (people[(number + more) % len(people)] for more in (0, 1))
        yield approval_id, person, "approved"
        if number % 5 == 0:
            yield approval_id, person, "approved"
        elif number % 5 == 1:
            yield approval_id, somebody_else, "rejected"


def _decide(approval_id: str, person: Person, decision: str) -> Answer:
    started, tries, status = time.perf_counter(), 0, 500
    while status >= 500 and tries < TRIES:
        tries, status = tries + 1, person.decide(approval_id, decision, "decided under load").status_code
    return Answer(approval_id, person.email, decision, status, tries, time.perf_counter() - started)


def _outcomes(trial: TrialDesk, ends: Sequence[dict[str, Any]]) -> dict[str, Outcome]:
    audits: dict[str, Counter[str]] = defaultdict(Counter)
    stored = {}
    for item in trial.items():
        approval_id = item["approval_id"]["S"]
        if item["entry"]["S"] == "approval":
            stored[approval_id] = item["status"]["S"]
        else:
            audits[approval_id][item["event"]["S"]] += 1
    outcomes = {}
    for end in ends:
        told = trial.told(end)
        waited = end["stopDate"] - datetime.fromisoformat(told["decided_at"])
        each = told["approval_id"]
        outcomes[each] = Outcome(told, waited.total_seconds(), stored[each], audits[each])
    return outcomes


def _listed(counter: Counter[Any]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items()))


def _spread(seconds: Sequence[float]) -> str:
    cuts = quantiles(seconds, n=20)
    return f"half within {cuts[9]:.2f} s, 95 % within {cuts[18]:.2f} s"


def main() -> None:
    parser = ArgumentParser(description="Many approvals at once, on a local AWS.")
    parser.add_argument("--approvals", type=int, default=500)
    parser.add_argument("--clients", type=int, default=20)
    given = parser.parse_args()
    with LocalAws() as aws, TemporaryDirectory() as folder, deployed(aws, "Trial", Path(folder)) as trial:
        print(load(trial, approvals=given.approvals, clients=given.clients))


if __name__ == "__main__":
    main()
