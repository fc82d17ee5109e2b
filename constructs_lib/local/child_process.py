"""Commands as one group with all that they start: nothing outlives an interrupt."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from constructs_lib.local.errors import LocalAwsError

_GRACE = 10.0
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


def run_group(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | str | None = None,
    capture: bool = False,
    log: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as a shell would: in a process group of its own, which has the terminal meanwhile.

    An interrupt here ends the whole group before it goes on. An interrupt typed at the terminal reaches the group only,
    and is raised here once the command has ended by it.

    Args:
        command: The program and its arguments.
        env: Its environment. The program is looked up on the PATH in it.
        cwd: Where it runs. Default: here.
        capture: Whether to give back what it printed (both streams, as one) instead of showing it.
        log: A file to write that to instead, while it runs.

    Raises:
        LocalAwsError: When there is no such program.
        KeyboardInterrupt: When the command was interrupted.
    """
    program = shutil.which(command[0], path=env.get("PATH"))
    if program is None:
        raise LocalAwsError(f"there is no program {command[0]!r} on the PATH")
    process: subprocess.Popen[str] | None = None
    try:
        with log.open("ab") if log else nullcontext() as file, _interrupts_at_the_end():
            output = file or (subprocess.PIPE if capture else None)
            errors = output and subprocess.STDOUT
            process = subprocess.Popen(
                [program, *command[1:]],
                env=dict(env),
                cwd=cwd,
                stdout=output,
                stderr=errors,
                text=True,
                process_group=0,
            )
        with _in_foreground(process.pid):
            printed, _ = process.communicate()
    except BaseException:
        if process:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            end_group(process)
        raise
    if process.returncode in (-signal.SIGINT, 128 + signal.SIGINT):
        raise KeyboardInterrupt
    return subprocess.CompletedProcess(command, process.returncode, printed)


def end_group(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Give a process that was asked to end some time to do so, then end it and all of its group."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def _interrupts_at_the_end() -> Iterator[None]:
    """Hold interrupts back until the end: one that came while a process starts would leave it behind, unknown."""
    if not _in_main_thread():
        yield
        return
    came: list[int] = []
    previous = {number: signal.signal(number, lambda got, _: came.append(got)) for number in _INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    for interrupt in came:
        signal.raise_signal(interrupt)


def _in_main_thread() -> bool:
    """Tell whether signals may be handled here."""
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _in_foreground(group: int) -> Iterator[None]:
    """Give a process group the terminal, so that it may ask its user, and take it back."""
    if not sys.stdin or not sys.stdin.isatty() or not _in_main_thread():
        yield
        return
    terminal = sys.stdin.fileno()
    previous = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # Taking it back from the background would stop us.
    try:
        os.tcsetpgrp(terminal, group)
        yield
    finally:
        os.tcsetpgrp(terminal, os.getpgrp())
        signal.signal(signal.SIGTTOU, previous)
