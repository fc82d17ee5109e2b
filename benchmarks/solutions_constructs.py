"""The peer of the API benchmark, aws-solutions-constructs, installed beside the environment and not into it.

Its core wants a cloud assembly schema below 55, so in one environment it would take aws-cdk-lib back to 2.273. It runs
with 2.275 as it stands, which keeps one CDK on both sides of a comparison.
"""

import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from uv import find_uv_bin

REQUIREMENTS = Path(__file__).with_suffix(".txt")


@cache
def solutions_constructs() -> Any:
    """Install the pattern where nothing else is, and import it from there."""
    with TemporaryDirectory(prefix="solutions-constructs-") as folder:
        install = [find_uv_bin(), "pip", "install", "--quiet", "--python", sys.executable, "--target", folder]
        subprocess.run([*install, "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS)], check=True)
        sys.path.append(folder)
        try:
            return import_module("aws_solutions_constructs.aws_cognito_apigateway_lambda")
        finally:
            sys.path.remove(folder)
