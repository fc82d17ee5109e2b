"""What the context in ``cdk.json``, or of ``cdk deploy -c``, says about a deployment."""

import json
from dataclasses import dataclass
from typing import Literal, cast

from aws_cdk import App, Duration, Environment


@dataclass(frozen=True)
class OwnDomain:
    """The API's own name; its hosted zone must exist already."""

    name: str
    zone: str
    zone_id: str
    endpoint: Literal["edge", "regional"]


@dataclass(frozen=True)
class Settings:
    """How the desk is deployed.

    - ``approvalTimeoutSeconds``: how long managers have to decide; three days unless given.
    - ``keepData``: ``no`` deletes the requests and the ledger with their stack; they are kept unless given.
    - ``domain``: the API's own name; the API keeps the name that AWS gives it unless given. As JSON:
      ``{"name": "api.example.com", "zone": "example.com", "zoneId": "Z0123456789", "endpoint": "edge",
      "account": "123456789012", "region": "eu-west-1"}``
    """

    approval_timeout: Duration
    keep_data: bool
    domain: OwnDomain | None
    env: Environment | None

    @classmethod
    def of(cls, app: App) -> "Settings":
        """Read them; what comes from the command line is text."""
        seconds = app.node.try_get_context("approvalTimeoutSeconds") or 3 * 24 * 3600
        given = app.node.try_get_context("domain")
        domain = json.loads(given) if isinstance(given, str) else given
        return cls(
            approval_timeout=Duration.seconds(int(seconds)),
            keep_data=app.node.try_get_context("keepData") != "no",
            domain=_own_domain(domain) if domain else None,
            env=Environment(account=domain["account"], region=domain["region"]) if domain else None,
        )


def _own_domain(domain: dict[str, str]) -> OwnDomain:
    endpoint = cast("Literal['edge', 'regional']", domain.get("endpoint", "regional"))
    return OwnDomain(domain["name"], domain["zone"], domain["zoneId"], endpoint)
