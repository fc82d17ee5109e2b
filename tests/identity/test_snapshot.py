"""The construct ids of a directory: a changed one would replace a pool with every account in it."""

from typing import Any

from aws_cdk import App, Stack

from constructs_lib import UserDirectory
from constructs_lib.testing import template_of


def test_a_directory_with_a_client(template_snapshot: Any) -> None:
    stack = Stack(App(), "People")
    users = UserDirectory(stack, "Users", groups=["managers"])
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"])
    assert template_of(stack) == template_snapshot
