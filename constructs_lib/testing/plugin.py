"""The fixtures that a project gets in pytest by installing the library: ``template_snapshot`` and ``local_aws``.

Nothing heavy is imported until a fixture is asked for: every test run of every user loads this file.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from constructs_lib.local import LocalAws


@pytest.fixture
def template_snapshot(request: pytest.FixtureRequest) -> "SnapshotAssertion":
    """Compare a template with the one on disk: ``assert template_of(stack) == template_snapshot``.

    ``pytest --snapshot-update`` writes it; a snapshot that no test asks for any more fails the run.
    """
    try:
        from constructs_lib.testing.snapshot import TemplateSnapshot
    except ModuleNotFoundError as missing:
        pytest.fail(f"template_snapshot needs {missing.name}: pip install 'constructs-lib[testing]'", pytrace=False)
    snapshot: SnapshotAssertion = request.getfixturevalue("snapshot")
    return snapshot.use_extension(TemplateSnapshot)


@pytest.fixture(scope="session")
def local_aws() -> "Iterator[LocalAws]":
    """Run an AWS on this machine for the session, with IAM enforced; see `constructs_lib.local`."""
    try:
        from constructs_lib.local import LocalAws
    except ModuleNotFoundError as missing:
        pytest.fail(f"local_aws needs {missing.name}: pip install 'constructs-lib[local]'", pytrace=False)
    with LocalAws() as aws:
        yield aws
