"""Who calls the desk's API, as API Gateway verified it."""

import os
from base64 import urlsafe_b64decode
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
    def calling(cls, event: dict[str, Any]) -> "Person":
        """Read the caller from a request; only what API Gateway's authorizer verified counts."""
        context = event["requestContext"]
        claims = (context.get("authorizer") or {}).get("claims") or {}
        # API Gateway hands a list over as one text, where a group called "staff,managers" looks like two: a group
        # counts only if the token names it by itself, too.
        told = claims.get("cognito:groups", "").strip("[]").replace(",", " ").split()
        groups = frozenset(told) & frozenset(_groups_in_token(event["multiValueHeaders"] or {}))
        address = (context.get("identity") or {}).get("sourceIp", "")
        return cls(claims.get("sub", ""), claims.get("email", ""), groups, address)

    @property
    def name(self) -> str:
        """What others know the person by."""
        return self.email or self.sub

    @property
    def desk_groups(self) -> list[str]:
        """The person's groups among those that this desk ever asks."""
        return sorted(self.groups & set(loads(os.environ["GROUPS"])))

    def may_be(self, name: str) -> bool:
        """Tell whether a name is, or may be, the person's ``sub`` or e-mail address."""
        # Whoever signs in may ask for a token without their address: then each address may be theirs.
        hides_address = "@" in name and not self.email
        return hides_address or name.casefold() in {self.sub.casefold(), self.email.casefold()} - {""}


def _groups_in_token(headers: dict[str, list[str]]) -> list[str]:
    """Read the groups from the token itself; of several tokens nobody knows which one was verified."""
    tokens = [value for name, values in headers.items() if name.lower() == "authorization" for value in values]
    if len(tokens) != 1:
        return []
    claims = tokens[0].split(".")[1]
    groups: list[str] = loads(urlsafe_b64decode(claims + "==")).get("cognito:groups", [])
    return groups
