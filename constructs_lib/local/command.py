"""The command `constructs-lib local`: a local AWS for as long as another command, or until Ctrl-C."""

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from constructs_lib.arguments import InvalidArgument
from constructs_lib.local.errors import LocalAwsError
from constructs_lib.local.extra import require_extra

_GLOBAL_REGION = "us-east-1"
_DESCRIPTION = """\
Start an AWS on this machine, with IAM enforced, run COMMAND against it and stop it again. The command's exit code is
the exit code. Without a COMMAND, print the environment that leads there as shell commands, and stay up until Ctrl-C.
"""


def add_local(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `local` to the commands."""
    parser = commands.add_parser(
        "local",
        help="run a command against an AWS on this machine",
        description=_DESCRIPTION,
        usage="%(prog)s [options] [-- COMMAND ...]",
    )
    parser.add_argument("--region", default=_GLOBAL_REGION, help="the region in use (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="the port to listen on (default: a free one)")
    parser.add_argument("--folder", type=Path, help="keep log and data here (default: in a temporary folder)")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="what to run, such as: npx cdk deploy --all")
    parser.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        require_extra()
        return _serve(chosen)
    except (InvalidArgument, LocalAwsError) as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _serve(chosen: argparse.Namespace) -> int:
    from constructs_lib.local.cdk_cli import installed_cdk_cli
    from constructs_lib.local.local_aws import LocalAws

    with LocalAws(port=chosen.port, folder=chosen.folder, region=chosen.region) as aws:
        # Whoever uses the CDK has its CLI; an app may need us-east-1 beside its own region, for what is global.
        if installed_cdk_cli() or "cdk" in chosen.command:
            aws.bootstrap(*dict.fromkeys([chosen.region, _GLOBAL_REGION]))
        _say(f"local AWS at {aws.endpoint_url} (log: {aws.log_path})")
        if chosen.command:
            return aws.run(chosen.command).returncode
        print("\n".join(_shell_commands(os.environ, aws.environment)), flush=True)  # noqa: T201 - for the shell
        aws.wait()
    return 0


def _shell_commands(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Say as shell commands how to get from one environment to another."""
    gone = [f"unset {name}" for name in sorted(before.keys() - after.keys())]
    changed = sorted(name for name, value in after.items() if before.get(name) != value)
    return [*gone, *(f"export {name}={shlex.quote(after[name])}" for name in changed)]


def _say(sentence: str, code: int = 0) -> int:
    print(f"constructs-lib: {sentence}", file=sys.stderr, flush=True)  # noqa: T201 - the command's own voice
    return code


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
