"""The bar at a terminal."""

import io

import pytest

from constructs_lib.checks import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, soon: float) -> str:
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(progress, "_SOON", soon)
    assert list(progress.shown(["a", "b"], "judging")) == ["a", "b"]
    return stream.getvalue()


def test_whoever_waits_sees_it_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = told(monkeypatch, Terminal(), -1)
    assert f"\rjudging {'·' * 30} 0/2" in shown
    assert f"\rjudging {'━' * 15}{'·' * 15} 1/2" in shown
    assert shown.endswith("\r\x1b[K")


def test_nobody_waits_for_what_is_done_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, Terminal(), 60) == ""


def test_a_file_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, io.StringIO(), -1) == ""
