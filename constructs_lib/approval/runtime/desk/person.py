"""Who calls the desk's API, as API Gateway verified it."""

import os
from dataclasses import dataclass
from json import loads
from typing import Any


@dataclass(frozen=True)
class Person:
    """Somebody who signed in."""

    sub: str
    """What never changes of an account."""
    email: str
    groups: frozenset[str]
    address: str
    """Where the request came from."""

    @classmethod
    def calling(cls, request_context: dict[str, Any]) -> "Person":
        """Read the caller from a request's context; only what API Gateway's authorizer put there counts."""
        claims = (request_context.get("authorizer") or {}).get("claims") or {}
        groups = claims.get("cognito:groups", "")
        # API Gateway hands a list over as one string, with commas.
        names = groups.strip("[]").replace(",", " ").split() if isinstance(groups, str) else groups
        address = (request_context.get("identity") or {}).get("sourceIp", "")
        return cls(claims.get("sub", ""), claims.get("email", ""), frozenset(names), address)

    @property
    def name(self) -> str:
        """What others know the person by."""
        return self.email or self.sub

    @property
    def desk_groups(self) -> list[str]:
        """The person's groups among those that this desk ever asks."""
        return sorted(self.groups & set(loads(os.environ["GROUPS"])))

    def is_called(self, name: str) -> bool:
        """Tell whether a name is the person's ``sub`` or e-mail address."""
        return name.casefold() in {self.sub.casefold(), self.email.casefold()} - {""}
