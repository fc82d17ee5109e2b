"""Services that fail on purpose: they do what a fault says instead of what they are asked."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import iam_actions

from constructs_lib.local.fault import FOLDER, Fault

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Answer]]

_PAUSE = 0.02
_AT_FAULT = ("Internal", "ServiceUnavailable")
"""How the codes begin of what a service blames on itself; the rest is the caller's, also that a limit was reached."""


def mend_faults(folder: Path) -> None:
    """Put ours before each service, for those who call it and for the tasks of state machines."""
    faults = folder / FOLDER
    faults.mkdir(exist_ok=True)
    for service, handler in app.SERVICE_HANDLERS.items():
        app.SERVICE_HANDLERS[service] = partial(_handle, faults, service, handler)


async def _handle(faults: Path, service: str, handler: Handler, *request: Any) -> Answer:
    fault = _fault_of(faults, service, *request)
    if fault is None:
        return await handler(*request)
    if fault.is_done:
        await handler(*request)
    fault.hit()
    while fault.error is None and fault.is_in_force:
        await asyncio.sleep(_PAUSE)
    return _refusal(service, fault.error or "ServiceUnavailable", headers=request[2])


def _fault_of(faults: Path, service: str, *request: Any) -> Fault | None:
    in_force = list(_in_force(faults))
    action = iam_actions.extract_iam_action(service, *request) if in_force else None
    return next((fault for fault in in_force if fault.action == action), None)


def _in_force(faults: Path) -> Iterator[Fault]:
    for file in faults.glob("*.json"):
        with suppress(FileNotFoundError):  # It may end at any time.
            yield Fault.read(file)


def _refusal(service: str, error: str, *, headers: dict[str, str]) -> Answer:
    """Answer in the form of the service's protocol."""
    _, *answer = iam_actions.access_denied_response(
        service, "", "", str(uuid.uuid4()), error_code=error, message="A fault on purpose.", headers=headers
    )
    return 500 if error.startswith(_AT_FAULT) else 400, *answer
