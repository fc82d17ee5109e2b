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
    - ``keepData``: ``no`` deletes the requests and the ledger with their stack; they are kept unless given. The archive
      is kept in any case.
    - ``alarmEmail``: who is told of alarms, once they have confirmed what AWS writes to them; nobody unless given.
    - ``apiLogs``: ``yes`` lets the API write logs, and to that end sets the role by which all APIs of the account and
      region write theirs.
    - ``firewall``: ``yes`` sets a firewall before the API, which costs 9 US$ a month.
    - ``domain``: the API's own name; the API keeps the name that AWS gives it unless given. As JSON:
      ``{"name": "api.example.com", "zone": "example.com", "zoneId": "Z0123456789", "endpoint": "edge",
      "account": "123456789012", "region": "eu-west-1"}``
    """

    approval_timeout: Duration
    keep_data: bool
    alarm_email: str | None
    api_logs: bool
    firewall: bool
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
            alarm_email=app.node.try_get_context("alarmEmail"),
            api_logs=app.node.try_get_context("apiLogs") == "yes",
            firewall=app.node.try_get_context("firewall") == "yes",
            domain=_own_domain(domain) if domain else None,
            env=Environment(account=domain["account"], region=domain["region"]) if domain else None,
        )


def _own_domain(domain: dict[str, str]) -> OwnDomain:
    endpoint = cast("Literal['edge', 'regional']", domain.get("endpoint", "regional"))
    return OwnDomain(domain["name"], domain["zone"], domain["zoneId"], endpoint)
