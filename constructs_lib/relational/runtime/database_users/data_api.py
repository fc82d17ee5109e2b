"""SQL over the Data API, which needs no way into the network; patient with a cluster that wakes up."""

import time
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

logger = Logger(child=True)

PATIENCE_SECONDS = 90
_PAUSE_SECONDS = 3

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

    def execute(self, sql: str) -> None:
        """Run one statement; wait for a cluster that is paused, starting, or does not know the caller's rights yet.

        Raises:
            ClientError: the statement failed, or the cluster did not answer in `PATIENCE_SECONDS`.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.client.execute_statement(
                    resourceArn=self.cluster_arn, secretArn=self.secret_arn, database=self.database, sql=sql
                )
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code not in _PASSING or time.monotonic() > deadline:
                    raise
                logger.info("waiting for the database", reason=code)
                time.sleep(_PAUSE_SECONDS)
            else:
                return
