"""The command `constructs-lib local`."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from constructs_lib.__main__ import main
from tests.local.conftest import alive

pytestmark = pytest.mark.local_aws

Listens = Callable[[str, int], bool]

COMMAND = [sys.executable, "-m", "constructs_lib"]
REPOSITORY = Path(__file__).parents[2]


def run(arguments: Sequence[str], cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, "local", *arguments], cwd=cwd, capture_output=True, text=True)


def test_gives_the_commands_exit_code_and_output(tmp_path: Path) -> None:
    done = run(["--", "sh", "-c", 'echo "region $AWS_REGION"; exit 7'], tmp_path)
    assert (done.returncode, done.stdout) == (7, "region us-east-1\n")


def test_bootstraps_its_region_and_the_global_one_where_the_cdk_is_used() -> None:
    tell = (
        "import boto3; print([boto3.client('cloudformation', r).describe_stacks()['Stacks'][0]['StackName'] for r in "
    )
    done = run(["--region", "eu-west-1", "--", sys.executable, "-c", tell + "('eu-west-1', 'us-east-1')])"], REPOSITORY)
    assert done.stdout == "['CDKToolkit', 'CDKToolkit']\n", done.stderr


@contextmanager
def running(arguments: Sequence[str], cwd: Path) -> "Iterator[subprocess.Popen[str]]":
    """Run the command beside the test, and never past it."""
    with subprocess.Popen(
        [*COMMAND, "local", *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_all_that_it_started(tmp_path: Path, how: signal.Signals, listens: Listens) -> None:
    with running(["--", "sh", "-c", "echo $$; sleep 1000 & wait"], tmp_path) as process:
        assert process.stdout
        assert process.stderr
        group = int(process.stdout.readline())
        port = re.search(r"127\.0\.0\.1:(\d+)", process.stderr.readline())
        assert port
        assert listens("127.0.0.1", int(port[1]))
        assert "sleep 1000" in alive(group)
        process.send_signal(how)
        assert process.wait(20) == 130
        assert process.stderr.read() == ""
    assert not listens("127.0.0.1", int(port[1]))
    assert alive(group) == []


def test_without_a_command_it_stays_up_and_tells_how_to_get_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    with running([], tmp_path) as process:
        assert process.stdout
        lines = [process.stdout.readline().strip()]
        while not lines[-1].startswith("export no_proxy="):
            lines.append(process.stdout.readline().strip())
        assert "unset AWS_PROFILE" in lines
        ask = "import boto3; print(boto3.client('s3').list_buckets()['Buckets'])"
        script = "\n".join([*lines, shlex.join([sys.executable, "-c", ask])])
        asked = subprocess.run(["sh", "-c", script], capture_output=True, text=True)
        assert (asked.stdout, asked.stderr) == ("[]\n", "")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--region", "Frankfurt"], "constructs-lib: region must be the code of a region, got 'Frankfurt'"),
        (["--", "no-such-program"], "constructs-lib: there is no program 'no-such-program' on the PATH"),
        (["--", "npx", "cdk", "deploy"], "constructs-lib: there is no CDK CLI here; install it with: npm install"),
    ],
)
def test_fault_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = run(arguments, tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(sentence)
    assert "Traceback" not in done.stderr


def test_missing_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "ministack", None)
    assert main(["local", "--", "true"]) == 1
    assert capsys.readouterr().err == (
        "constructs-lib: the local AWS needs packages that are not installed (ministack); "
        'install them with: pip install "constructs-lib[local]"\n'
    )


def test_help_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "run a command against an AWS on this machine" in capsys.readouterr().out
