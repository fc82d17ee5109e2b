"""The peer is there for the benchmark, and nowhere in the environment."""

import sys
from pathlib import Path

import pytest

from benchmarks.solutions_constructs import solutions_constructs


def test_it_is_installed_beside_the_environment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(sys.path)
    peer = solutions_constructs()
    assert peer.CognitoToApiGatewayToLambda
    assert sys.path == before
    assert not Path(peer.__file__).exists(), "its folder is gone once it is loaded"
    monkeypatch.delattr("subprocess.run")
    assert solutions_constructs() is peer
