"""The command `constructs-lib`, also `python -m constructs_lib`."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

_COMMANDS = {
    "check": ("constructs_lib.checks.command", "add_check"),
    "local": ("constructs_lib.local.command", "add_local"),
}
"""Where each is: a kit is loaded only when it is asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: the process's own); return the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="constructs-lib", description="Tools for AWS CDK apps in Python.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in _COMMANDS.keys() & arguments[:1] or sorted(_COMMANDS):
        module, add = _COMMANDS[name]
        getattr(import_module(module), add)(commands)
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


if __name__ == "__main__":
    sys.exit(main())
