"""SQL over the Data API, which needs no way into the network: only Aurora has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .patience import Patience

_PASSING = {
    "DatabaseResumingException",  # paused at 0 ACU: the request itself wakes it
    "DatabaseUnavailableException",
    "ServiceUnavailableError",
    "AccessDeniedException",  # a role's new rights take a while to be known everywhere
    "ForbiddenException",
}


@dataclass(frozen=True)
class DataApi:
    """One database of one cluster, as the user in a secret."""

    client: Any
    cluster_arn: str
    secret_arn: str
    database: str

    def execute(self, statements: Sequence[str], patience: Patience) -> None:
        """Run statements in order; wait for a cluster that is paused, starting, or does not know the caller's rights.

        Raises:
            ClientError: a statement failed, or the cluster did not answer in time.
        """
        for sql in statements:
            patience.call(partial(self._execute, sql), passing=_PASSING)

    def _execute(self, sql: str) -> None:
        self.client.execute_statement(
            resourceArn=self.cluster_arn, secretArn=self.secret_arn, database=self.database, sql=sql
        )
