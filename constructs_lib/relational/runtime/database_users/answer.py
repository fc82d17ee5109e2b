"""What CloudFormation is told about a custom resource. Without an answer it waits until its time is up."""

import json
from typing import Any
from urllib.request import Request, urlopen

_TIMEOUT_SECONDS = 20
_MAX_REASON = 1_000
"""An answer may have 4,096 bytes in all."""


def answer(event: dict[str, Any], physical_id: str, *, failure: str | None = None) -> None:
    """Tell CloudFormation that a request is done, or why it failed.

    An error here is left to Lambda, which runs the event again.
    """
    body = {
        "Status": "FAILED" if failure else "SUCCESS",
        "Reason": (failure or "")[:_MAX_REASON],
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    # The address is signed without a content type, so none may be sent.
    request = Request(event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310
    with urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310 - CloudFormation's own address
        pass
