"""A stack's template as plain data that stays the same until the infrastructure changes."""

import json
from pathlib import Path
from typing import Any

from aws_cdk import Stack, Stage

MASK = "<asset hash>"


def template_of(stack: Stack) -> dict[str, Any]:
    """Synthesize the app of a stack and return the stack's template, with the hashes of its assets masked.

    An asset's hash changes with every edit of the code inside it, which is not a change of the infrastructure. Only the
    hashes that the stack's asset manifest names are masked; everything else is as CloudFormation gets it.

    Args:
        stack: any stack of an app; the app is synthesized once, however many of its stacks are asked for.

    Returns:
        The template, as the JSON file holds it.
    """
    stage = Stage.of(stack)
    assert stage is not None  # noqa: S101 - a stack without an app makes one for itself
    directory = Path(stage.synth().directory)
    text = (directory / stack.template_file).read_text(encoding="utf-8")
    for asset_hash in _asset_hashes(directory / f"{stack.artifact_id}.assets.json"):
        text = text.replace(asset_hash, MASK)
    template: dict[str, Any] = json.loads(text)
    return template


def _asset_hashes(manifest_path: Path) -> list[str]:
    """Read the ids under which a stack publishes its files and images."""
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    return [*manifest.get("files", {}), *manifest.get("dockerImages", {})]
