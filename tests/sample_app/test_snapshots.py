"""One snapshot a stack: it guards the construct ids, since a changed one replaces somebody's database."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack

from constructs_lib.testing import template_of
from sample_app.app import purchase_desk

ROOT = Path(__file__).parents[2]
STACKS = ("DeskOperations", "DeskIdentity", "DeskData", "DeskArchive", "DeskApproval", "DeskApi")


@pytest.fixture(scope="module")
def stacks() -> dict[str, Stack]:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "CDK_CONTEXT_JSON", json.dumps(context))
        app = purchase_desk()
    return {stack.node.id: stack for stack in app.node.children if isinstance(stack, Stack)}


def test_the_app_has_these_stacks(stacks: dict[str, Stack]) -> None:
    assert tuple(stacks) == STACKS


@pytest.mark.parametrize("name", STACKS)
def test_template(stacks: dict[str, Stack], name: str, template_snapshot: Any) -> None:
    assert template_of(stacks[name]) == template_snapshot
