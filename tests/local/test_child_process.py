"""A command runs as one group with all that it starts, and no interrupt leaves any of it behind."""

import os
import signal
import subprocess
import time
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from constructs_lib.local import child_process
from constructs_lib.local.child_process import run_group
from constructs_lib.local.errors import LocalAwsError
from tests.local.conftest import alive

ENVIRONMENT = {"PATH": os.environ["PATH"], "WORD": "hello"}


def test_gives_what_it_printed_and_its_exit_code(tmp_path: Path) -> None:
    done = run_group(["sh", "-c", "echo $WORD; pwd >&2; exit 4"], env=ENVIRONMENT, cwd=tmp_path, capture=True)
    assert (done.returncode, done.stdout) == (4, f"hello\n{tmp_path}\n")


def test_writes_to_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    run_group(["sh", "-c", "echo $WORD; echo error >&2"], env=ENVIRONMENT, log=log)
    assert log.read_text() == "before\nhello\nerror\n"


def test_no_such_program() -> None:
    with pytest.raises(LocalAwsError, match=r"^there is no program 'no-such-program' on the PATH$"):
        run_group(["no-such-program"], env=ENVIRONMENT)


def test_command_that_was_interrupted_interrupts() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_group(["sh", "-c", "kill -INT $$"], env=ENVIRONMENT)


def test_interrupt_ends_a_group_that_does_not_want_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "_GRACE", 0.2)
    told = tmp_path / "group"
    stubborn = f"trap '' INT; echo $$ > {told}; while true; do sleep 1; done"

    def interrupt() -> None:
        while not (told.exists() and told.read_text().strip()):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    Timer(0, interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run_group(["sh", "-c", stubborn], env=ENVIRONMENT)
    assert alive(int(told.read_text())) == []


def test_interrupt_while_it_starts_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    start = subprocess.Popen

    def start_and_be_interrupted(*arguments: Any, **options: Any) -> "subprocess.Popen[str]":
        process = start(*arguments, **options)
        started.append(process.pid)
        signal.raise_signal(signal.SIGINT)
        return process

    monkeypatch.setattr(subprocess, "Popen", start_and_be_interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_group(["sleep", "1000"], env=ENVIRONMENT)
    monkeypatch.undo()
    assert alive(started[0]) == []
