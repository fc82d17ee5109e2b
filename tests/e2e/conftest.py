"""The sample app, deployed once on the local AWS for all tests that drive it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from constructs_lib.local import LocalAws
from sample_app.deployment import Deployment
from sample_app.people import Desk, Person
from sample_app.story import Ending, tell

APPROVAL_TIMEOUT = 20  # seconds


@dataclass(frozen=True)
class Office:
    """A deployed desk with its people."""

    aws: LocalAws
    deployment: Deployment
    desk: Desk
    employee: Person
    manager: Person
    outsider: Person


@pytest.fixture(scope="session")
def office(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    local_aws.bootstrap()
    deployment = Deployment(local_aws, tmp_path_factory.mktemp("deployment"))
    desk = deployment.deploy(approval_timeout=APPROVAL_TIMEOUT)
    employee, _ = deployment.hire(desk, "erin@example.com")
    manager, _ = deployment.hire(desk, "max@example.com", manager=True)
    outsider, _ = deployment.hire(desk, "olga@example.com")
    yield Office(local_aws, deployment, desk, employee, manager, outsider)
    deployment.destroy()


@pytest.fixture(scope="session")
def told() -> list[tuple[str, str, object]]:
    """What the story says, step by step."""
    return []


@pytest.fixture(scope="session")
def ending(office: Office, told: list[tuple[str, str, object]]) -> Ending:
    """How the story of the three requests ends."""
    return tell(office.desk, office.employee, office.manager, lambda *step: told.append(step))
