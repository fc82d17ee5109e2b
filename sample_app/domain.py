"""The API's own name, where the context has one."""

from typing import Any

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_route53 as route53

from constructs_lib import ApiDomain


def api_domain(app: App, domain: dict[str, Any]) -> ApiDomain:
    """Read the name, its zone and its endpoint from the context; the zone must exist already.

    ``{"name": "api.example.com", "zone": "example.com", "zoneId": "Z0123456789", "endpoint": "edge",
    "account": "123456789012", "region": "eu-west-1"}``
    """
    stack = Stack(app, "DeskDomain", env=Environment(account=domain["account"], region=domain["region"]))
    zone = route53.HostedZone.from_hosted_zone_attributes(
        stack, "Zone", hosted_zone_id=domain["zoneId"], zone_name=domain["zone"]
    )
    return ApiDomain(domain["name"], zone=zone, endpoint=domain.get("endpoint", "regional"))
