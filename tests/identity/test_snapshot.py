"""The construct ids of a directory: a changed one would replace a pool with every account in it."""

from typing import Any

from aws_cdk import App, Stack

from constructs_lib import ItemTable, UserDirectory
from constructs_lib.testing import template_of


def test_a_directory_with_a_client(template_snapshot: Any) -> None:
    stack = Stack(App(), "People")
    users = UserDirectory(stack, "Users", groups=["managers"])
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"])
    assert template_of(stack) == template_snapshot


def test_identities_and_a_machine(template_snapshot: Any) -> None:
    stack = Stack(App(), "People")
    users = UserDirectory(stack, "Users", groups=["managers"], scopes={"requests": {"read": "Read requests"}})
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"])
    users.add_machine_client("Billing", scopes=["requests/read"])
    identities = users.add_identities()
    items = ItemTable(stack, "Items", partition_key="owner", sort_key="id")
    identities.grant_own_items(items)
    identities.grant_own_items(items, group="managers")
    assert template_of(stack) == template_snapshot
