"""Whose credentials an identity pool gives, and what they say about their bearer: role, condition keys, tags."""

from collections.abc import Iterable, Mapping
from typing import Any

Data = dict[str, Any]

PROVIDER = "cognito-identity.amazonaws.com"
_DEFAULT_TAGS = {"username": "sub", "client": "aud"}


def condition_keys(identity_id: str, pool_id: str, methods: list[str]) -> Data:
    """Give the keys by which policies and trust policies know an identity; ``methods`` is how it was authenticated."""
    return {f"{PROVIDER}:sub": identity_id, f"{PROVIDER}:aud": pool_id, f"{PROVIDER}:amr": methods}


def session_tags(mappings: Mapping[str, Data], claims: Mapping[str, Data]) -> list[dict[str, str]]:
    """Give the tags that the claims of each provider's token become, as the pool maps them."""
    return [
        {"Key": tag, "Value": str(claims[provider][claim])}
        for provider, mapping in mappings.items()
        for tag, claim in (_DEFAULT_TAGS if mapping["UseDefaults"] else mapping["PrincipalTags"]).items()
        if claim in claims.get(provider, {})
    ]


def preferred_role(groups: Iterable[Data]) -> str | None:
    """Give the role of the first of a person's groups that has one, as the claim ``cognito:preferred_role`` does."""
    with_roles = [group for group in groups if group.get("RoleArn")]
    first = min(with_roles, key=lambda group: float(group.get("Precedence", "inf")), default=None)
    return str(first["RoleArn"]) if first else None
