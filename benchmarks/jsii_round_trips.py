"""How often Python crosses into Node and back: each call, each property read and each object made is one round trip."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from jsii._kernel.providers.process import _NodeProcess


@contextmanager
def round_trips() -> Iterator[Counter[str]]:
    """Count the requests to jsii's kernel by kind: Create, Get, Set, Invoke, StaticGet, StaticInvoke and so on."""
    counted: Counter[str] = Counter()
    send = _NodeProcess.send

    def counting(process: _NodeProcess, request: Any, response_type: Any) -> Any:
        counted[type(request).__name__.removesuffix("Request")] += 1
        return send(process, request, response_type)

    with patch.object(_NodeProcess, "send", counting):
        yield counted
