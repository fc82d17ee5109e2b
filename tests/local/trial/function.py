"""Packages the trial app's functions."""

import importlib.util
import os
import shutil
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

DRIVER = ("psycopg", "psycopg_binary", "psycopg_binary.libs", "typing_extensions.py")
"""What a function imports to reach PostgreSQL, and Lambda has not."""

_HANDLERS = Path(__file__).parent / "handlers.py"


def function(
    scope: Construct, id: str, handler: str, *, packages: tuple[str, ...] = (), **more: object
) -> lambda_.Function:
    """Make a function of the handlers, packaged with what they import that Lambda has not."""
    folder = Path(os.environ["CDK_OUTDIR"]).parent.joinpath("build", *packages, "function")
    if not folder.exists():
        folder.mkdir(parents=True)
        shutil.copy(_HANDLERS, folder)
        spec = importlib.util.find_spec("psycopg")
        installed = Path(spec.origin or "").parents[1] if spec else Path()
        for name in packages:
            copy = shutil.copytree if (installed / name).is_dir() else shutil.copy
            copy(installed / name, folder / name)
    return lambda_.Function(
        scope,
        id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        code=lambda_.Code.from_asset(str(folder)),
        handler=f"handlers.{handler}",
        timeout=cdk.Duration.seconds(20),
        **more,  # type: ignore[arg-type]
    )
