"""The ids of an API's names, which are part of the contract: a changed id replaces a name that people use."""

from dataclasses import replace
from typing import Any

from aws_cdk import App

from constructs_lib import ApiDomain
from constructs_lib.testing import template_of
from tests.api.domains import api, private_api, stack_in, vpc_endpoint_in, zone_for


def test_template(template_snapshot: Any) -> None:
    stack = stack_in(App(), "eu-west-1")
    zone = zone_for(stack)
    public = ApiDomain("api.example.com", zone=zone)
    api(stack, public)
    api(stack, replace(public, base_path="orders/v1"), "Orders")
    api(stack, ApiDomain("*.example.com", zone=zone), "Tenants")
    private_api(
        stack, ApiDomain("desk.example.com", zone=zone, endpoint="private"), [vpc_endpoint_in(stack)], "Private"
    )
    assert template_of(stack) == template_snapshot
