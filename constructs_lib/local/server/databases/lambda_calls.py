"""How a local PostgreSQL's calls of Lambda functions come out of it, and their answers in: by files in a folder of it.

Its extension ``aws_lambda`` writes a request to a file and the file's name to a pipe, then waits for the answer's file.
"""

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

Call = dict[str, Any]
"""The parameters of ``aws_lambda.invoke``; those that are JSON are text."""
Answer = dict[str, Any]
"""What ``aws_lambda.invoke`` gives back, or an ``error`` with its ``detail`` and ``hint``."""

_END = "\n"

_log = logging.getLogger(__name__)


class LambdaCalls:
    """Answers the calls of one server, each on a thread of its own."""

    def __init__(self, folder: Path, answer: Callable[[Call], Answer]) -> None:
        """Answer by ``answer`` the calls that come out of a server with its data in ``folder``."""
        self._folder = folder / "lambda_calls"
        self._answer = answer
        self._pipe = -1

    def start(self, give: Callable[[Path], None]) -> None:
        """Begin to listen; ``give`` makes a file the server's own."""
        self._folder.mkdir(mode=0o700)
        pipe = self._folder / "calls"
        os.mkfifo(pipe, mode=0o600)
        for path in (pipe, self._folder):
            give(path)
        self._pipe = os.open(pipe, os.O_RDWR)  # Open on both ends, so that neither ever waits for the other.
        Thread(target=self._listen, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        if self._pipe >= 0:
            os.write(self._pipe, _END.encode())

    def _listen(self) -> None:
        with os.fdopen(self._pipe) as calls:
            for line in iter(calls.readline, _END):
                Thread(target=self._serve, args=(line.strip(),), daemon=True).start()

    def _serve(self, name: str) -> None:
        """Answer a call, or put away an answer that was read."""
        request, answer, draft = (self._folder / f"{name}.{kind}" for kind in ("request", "answer", "draft"))
        if answer.exists():
            answer.unlink()
            return
        call = json.loads(bytes.fromhex(request.read_text()))
        request.unlink()
        draft.write_text(json.dumps(self._answer_in_any_case(call)))
        draft.rename(answer)  # Whole at once: the server looks for it all the time.

    def _answer_in_any_case(self, call: Call) -> Answer:
        """Answer, so that nothing waits in vain."""
        try:
            return self._answer(call)
        except Exception as error:
            _log.exception("a call of a Lambda function failed in the local AWS itself")
            return {"error": "invoke API failed", "detail": f"The local AWS failed: {error!r}", "hint": "See its log."}
