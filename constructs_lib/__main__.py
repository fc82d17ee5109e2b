"""The command `constructs-lib`, also `python -m constructs_lib`."""

import argparse
import sys
from collections.abc import Sequence

from constructs_lib.local.command import add_local


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: the process's own); return the exit code."""
    parser = argparse.ArgumentParser(prog="constructs-lib", description="Tools for AWS CDK apps in Python.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_local(commands)
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


if __name__ == "__main__":
    sys.exit(main())
