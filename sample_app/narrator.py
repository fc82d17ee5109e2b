"""What the demo prints: each step with its time, the story as it happens, and progress where it takes long."""

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

_EVENT = re.compile(r"^(?P<stack>\S+)\s*\|\s*(?P<done>\d+)(/(?P<all>\d+))?\s*\|", re.MULTILINE)


_TELLING = ("message", "status", "decided_by", "comment")
"""What of an answer moves the story on."""


class Narrator:
    """Writes to the terminal for a person; in a file or a pipe, the same without colours and moving lines."""

    def __init__(self) -> None:
        """Look where it writes to."""
        self._terminal = sys.stdout.isatty()
        self._number = 0
        self._title = ""

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[Path], None]]:
        """Announce a step, and say how long it took; what is given lets the log of a long command be watched."""
        self._number, self._title = self._number + 1, title
        self._print(f"{self._number}. {title}", strong=True)
        started = time.monotonic()
        over = threading.Event()
        watchers: list[threading.Thread] = []

        def watch(log: Path) -> None:
            watchers.append(threading.Thread(target=self._watch, args=(log, over), daemon=True))
            watchers[-1].start()

        try:
            yield watch
        finally:
            over.set()
            for watcher in watchers:
                watcher.join()
        self._print(f"   done in {time.monotonic() - started:.1f} s")

    def note(self, text: str) -> None:
        """Add a line to the step."""
        self._print(f"   {text}")

    def say(self, what: str, called: str, came_back: object) -> None:
        """Tell one step of the story."""
        self._print(f"   {what}\n      {called}  →  {_gist(came_back)}")

    def failed(self, why: str) -> None:
        """Say which step failed, and why."""
        print(f"\nfailed at step {self._number} ({self._title}): {why}", file=sys.stderr)  # noqa: T201

    def _watch(self, log: Path, over: threading.Event) -> None:
        """Show how far CloudFormation is, from the events in the CLI's log."""
        shown = ""
        while not over.wait(0.5 if self._terminal else 10):
            progress = {match["stack"]: match["done"] for match in _EVENT.finditer(log.read_text(errors="replace"))}
            line = "   " + ", ".join(f"{stack}: {done} resources" for stack, done in progress.items())
            if progress and line != shown:
                shown = line
                print(f"\r\033[K{line}" if self._terminal else line, end="" if self._terminal else "\n", flush=True)  # noqa: T201
        if self._terminal:
            print("\r\033[K", end="")  # noqa: T201

    def _print(self, text: str, *, strong: bool = False) -> None:
        print(f"\033[1m{text}\033[0m" if strong and self._terminal else text, flush=True)  # noqa: T201


def _gist(answer: object) -> str:
    """Give an answer in a line: its code, and what moves the story on."""
    code = ""
    if isinstance(answer, requests.Response):
        is_json = "json" in answer.headers.get("Content-Type", "")
        code, answer = f"{answer.status_code} ", answer.json() if is_json else answer.text
    if isinstance(answer, dict):
        return code + ", ".join(f"{name}: {answer[name]}" for name in _TELLING if answer.get(name))
    return code + (", ".join(map(str, answer)) if isinstance(answer, list) else str(answer))
