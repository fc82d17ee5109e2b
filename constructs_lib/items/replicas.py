"""The copies of a table in other regions, and the key that encrypts each of them."""

import re
from collections.abc import Mapping, Sequence

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, is_token, require

Replicas = Sequence[str] | Mapping[str, kms.IKey]

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_SOURCE = "Global tables: multi-active, multi-Region replication"


def require_replicas(scope: Construct, replicas: Replicas, *, has_own_key: bool) -> None:
    """Raise `InvalidArgument` unless a table that stands in a scope can have these replicas."""
    if not replicas:
        return
    if isinstance(replicas, str):
        raise InvalidArgument("replicas", "be a list of regions", replicas, _SOURCE)
    own_region = Stack.of(scope).region
    if is_token(own_region):
        raise InvalidArgument("replicas", "stand in a stack whose region is known: give it an env", replicas, _SOURCE)
    for region in replicas:
        require(_REGION.fullmatch(region), "replicas", "be AWS Regions", region, _SOURCE)
        require(region != own_region, "replicas", "be other regions than the table's own", region, _SOURCE)
    require(len(set(replicas)) == len(replicas), "replicas", "name each region once", replicas, _SOURCE)
    has_keys = isinstance(replicas, Mapping)
    rule = (
        "name the key of each region, where the table has a key of your own: {region: key}"
        if has_own_key
        else "be a list of regions, where the table has no key of your own"
    )
    require(has_keys == has_own_key, "replicas", rule, [*replicas], _SOURCE)


def replica_keys(replicas: Replicas) -> dict[str, kms.IKey]:
    """Return the key of each region; none where the replicas have none of their own."""
    return {**replicas} if isinstance(replicas, Mapping) else {}
