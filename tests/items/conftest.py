"""Tables of every kind, deployed once for all of these tests with the real CDK CLI."""

from collections.abc import Iterator

import pytest

from constructs_lib.local import LocalAws
from tests.items.local_callers import DeployedTables
from tests.items.local_tables import STACK, synthesize


@pytest.fixture(scope="session")
def tables(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeployedTables]:
    """Give the tables, with an order in each; at the end they are destroyed."""
    local_aws.bootstrap()
    assembly = synthesize(tmp_path_factory.mktemp("tables") / "cdk.out", local_aws.region)
    tables = DeployedTables(local_aws, STACK)
    tables.cdk("deploy", assembly, "--require-approval=never", "--method=direct")
    tables.fill()
    yield tables
    tables.cdk("destroy", assembly, "--force")
