"""Stacks that are waited for: who asks about one that is being made, changed or deleted hears of it when it is done.

The CDK CLI asks again after five seconds, for each stack, and most are done here within one.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ministack import app

Answer = tuple[int, dict[str, str], bytes]

_PATIENCE = 4.0
_PAUSE = 0.05
_BODY = 3  # after method, path and headers
_ABOUT_ONE = re.compile(rb"(?=.*\bAction=DescribeStacks\b).*\bStackName=", re.DOTALL)
_UNDER_WAY = re.compile(rb"<StackStatus>(?!REVIEW)\w+_IN_PROGRESS</StackStatus>")


def mend_stacks() -> None:
    """Put ours before CloudFormation's own."""
    app.SERVICE_HANDLERS["cloudformation"] = partial(_answer_when_done, app.SERVICE_HANDLERS["cloudformation"])


async def _answer_when_done(handler: Callable[..., Awaitable[Answer]], *request: Any) -> Answer:
    """Wait for a while; AWS answers at once, and what it says then is what is said here in the end."""
    end = time.monotonic() + (_PATIENCE if _ABOUT_ONE.match(request[_BODY]) else 0)
    answer = await handler(*request)
    while _UNDER_WAY.search(answer[2]) and time.monotonic() < end:
        await asyncio.sleep(_PAUSE)
        answer = await handler(*request)
    return answer
