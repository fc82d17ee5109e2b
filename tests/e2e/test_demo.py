"""``make demo`` when it does not go well: it says where and why, and leaves no process behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-m", "sample_app.demo"]

pytestmark = pytest.mark.local_aws


def processes_in(folder: str) -> list[str]:
    """The command lines that name a folder."""
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if folder in line]


def test_a_failing_step_says_which_and_why_and_where_the_log_is() -> None:
    done = subprocess.run(
        DEMO, cwd=ROOT, env={**os.environ, "JSII_NODE": "/nowhere/node"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    said = re.search(r"failed at step 1 \(synthesize the app.*its log is (\S+)", done.stderr)
    assert said, done.stderr
    assert "Traceback" not in done.stderr
    assert "/nowhere/node" in Path(said[1]).read_text()


def test_ctrl_c_stops_all_that_it_started() -> None:
    demo = subprocess.Popen(DEMO, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0)
    assert demo.stdout
    folder = ""
    for line in demo.stdout:
        if found := re.search(r"log: (\S+)/aws/local-aws.log", line):
            folder = found[1]
        if line.startswith("3."):
            break
    assert processes_in(folder), "the local AWS runs"
    time.sleep(3)  # the CDK CLI is at work by now
    os.killpg(demo.pid, signal.SIGINT)
    _, errors = demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert "failed at step 3 (deploy all stacks with the CDK CLI): stopped by Ctrl-C" in errors
    assert processes_in(folder) == []
