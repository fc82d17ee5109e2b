"""A database's call of a Lambda function: done, or refused, as AWS would."""

import base64
import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.local.server import emulator
from constructs_lib.local.server.databases.described_database import Describe, DescribedDatabase
from constructs_lib.local.server.databases.home import Home
from constructs_lib.local.server.databases.lambda_calls import Answer, Call
from constructs_lib.local.server.databases.network_path import closed_way_to_service

_SERVICE = "rds.amazonaws.com"
_FEATURE = "Lambda"
# A name, or an ARN, or a part of one; each may end with a version or an alias.
_FUNCTION = re.compile(r"(?:(?:arn:[\w-]+:lambda:([\w-]+):)?(\d{12}):function:)?([\w-]+)(?::([\w$-]+))?")


class InvocationError(Exception):
    """A call that AWS would not have done."""

    def __init__(self, error: str, detail: str, hint: str) -> None:
        """Give what PostgreSQL tells of it."""
        super().__init__(error)
        self.answer: Answer = {"error": error, "detail": detail, "hint": hint}


class LambdaInvocation:
    """Invokes functions for one database, by the role that is associated with it for Lambda."""

    def __init__(self, describe: Describe, client: Callable[[str], Any]) -> None:
        """Invoke for the database that ``describe`` tells of."""
        self._describe = describe
        self._client = client
        self._home = Home.current()

    def answer(self, call: Call) -> Answer:
        """Do a call, or say why not."""
        try:
            return self._home.ask(self._invoke, call)
        except InvocationError as error:
            return error.answer
        except (BotoCoreError, ClientError) as error:
            return _failed(str(error), "The call reached Lambda, which refused it.").answer

    def _invoke(self, call: Call) -> Answer:
        database = self._describe(self._client("rds"))
        role = self._role(database)
        ec2, private_names = self._client("ec2"), database.private_names
        if reason := closed_way_to_service(ec2, database.interface, "lambda", private_names=private_names):
            raise _failed("Unable to connect to endpoint", f"On AWS this call would time out: {reason}.")
        region, function = self._function(call)
        self._require_grant(role, function, region)
        with emulator.scope(self._home.account, region):
            invoked = self._client("lambda").invoke(**_parameters(call, function))
        return {
            "status_code": invoked["StatusCode"],
            "payload": invoked["Payload"].read().decode() or None,
            "executed_version": invoked.get("ExecutedVersion"),
            "log_result": invoked.get("LogResult"),
        }

    def _role(self, database: DescribedDatabase) -> str:
        """Give the role that the database takes on to call Lambda."""
        role = database.roles.get(_FEATURE)
        source = {"aws:sourceaccount": self._home.account, "aws:sourcearn": database.arn}
        if role and emulator.trusts(role, _SERVICE, source):
            return role
        missing = f"{role} does not let {_SERVICE} assume it" if role else f"{database.interface.name} has no role"
        raise InvocationError(
            "credentials stored with the database cluster can't be accessed",
            f"For the feature {_FEATURE}, {missing}.",
            f'Has the IAM role Amazon Resource Name (ARN) been associated with the feature-name "{_FEATURE}"?',
        )

    def _function(self, call: Call) -> tuple[str, str]:
        """Give the region and the ARN of the function that a call names."""
        named = _FUNCTION.fullmatch(call["function_name"])
        if not named:
            raise _failed(f"Invalid function name: {call['function_name']}", "Name a function, or give its ARN.")
        region, account, name, qualifier = named.groups()
        if region and call["region"] not in (None, region):
            raise _failed("Region mismatch", f"The function is in {region}, and the call is for {call['region']}.")
        region, qualifier = region or call["region"] or self._home.region, call["qualifier"] or qualifier
        suffix = f":{qualifier}" if qualifier else ""
        return region, f"arn:aws:lambda:{region}:{account or self._home.account}:function:{name}{suffix}"

    def _require_grant(self, role: str, function: str, region: str) -> None:
        if not emulator.is_allowed(emulator.role(role), "lambda:InvokeFunction", function, region):
            user = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
            raise _failed(
                f"User: {user} is not authorized to perform: lambda:InvokeFunction on resource: {function}",
                f"The role {role} is the one that is associated for {_FEATURE}.",
            )


def _failed(returned: str, hint: str) -> InvocationError:
    return InvocationError("invoke API failed", f"AWS Lambda client returned '{returned}'.", hint)


def _parameters(call: Call, function: str) -> dict[str, Any]:
    parameters = {
        "FunctionName": function,
        "InvocationType": call["invocation_type"],
        "LogType": call["log_type"],
        "Payload": call["payload"].encode(),
    }
    if call["context"]:
        parameters["ClientContext"] = base64.b64encode(call["context"].encode()).decode()
    return parameters
