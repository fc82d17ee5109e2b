"""SQL run by a function in the VPC: an instance has no Data API.

In isolated subnets a function reaches neither Secrets Manager nor the address that CloudFormation waits at, unless
somebody pays for endpoints. So the one outside reads the secret and answers, and the one inside, which has no rights,
only runs the SQL that it is handed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.config import Config

from .logins import Login
from .patience import Patience

# The client waits longer than the runner may run, and does not start another one meanwhile.
CONFIG = Config(read_timeout=130, retries={"total_max_attempts": 1})

_PASSING = {
    "AccessDeniedException",  # a role's new rights take a while to be known everywhere
    "ResourceConflictException",  # the function is being made
    "ResourceNotReadyException",  # it was idle for long and comes back
    "ENINotReadyException",
    "EC2ThrottledException",
    "EC2UnexpectedException",
    "TooManyRequestsException",
    "ServiceException",
}


class RunnerError(Exception):
    """The runner did not run the statements; the sentence is its reason."""


@dataclass(frozen=True)
class Runner:
    """One database of one server, as a user with a password, through the function that reaches it."""

    client: Any
    runner_arn: str
    family: str
    host: str
    port: int
    database: str
    login: Login

    def execute(self, statements: Sequence[str], patience: Patience) -> None:
        """Run statements in order; wait for a function that is being made or does not know the caller's rights.

        Raises:
            RunnerError: a statement failed, or the runner did not reach the database.
            ClientError: the runner could not be invoked in time.
        """
        payload = {
            "family": self.family,
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "user": self.login.username,
            "password": self.login.password,
            "statements": list(statements),
        }
        request = {"FunctionName": self.runner_arn, "InvocationType": "RequestResponse", "Payload": json.dumps(payload)}
        response = patience.call(lambda: self.client.invoke(**request), passing=_PASSING)
        if "FunctionError" in response:
            raise RunnerError(_reason(response["Payload"].read()))


def _reason(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["errorMessage"])
    except (KeyError, TypeError, ValueError):
        return "the function that runs the SQL failed; its log says why"
