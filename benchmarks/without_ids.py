"""A template without its logical ids, so that two of them can be compared whose constructs have other names."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any


def without_ids(template: Mapping[str, Any], *, hops: int = 8) -> dict[str, Any]:
    """Return a template whose resources are a sorted list, each naming the others by what they contain.

    Of what is further than ``hops`` references away only the type counts: 1 shows each resource as it is by itself.
    """
    resources = template["Resources"]
    names = {name: resource["Type"] for name, resource in resources.items()}
    for _ in range(hops):
        renamed = {name: _renamed(resource, names) for name, resource in resources.items()}
        names = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in renamed.items()}
    return {**template, "Resources": sorted(renamed.values())}


def _renamed(resource: Mapping[str, Any], names: Mapping[str, str]) -> str:
    text = re.sub(r'"(\w+)"', lambda quoted: f'"{names.get(quoted[1], quoted[1])}"', json.dumps(resource))
    renamed = json.loads(text)
    renamed.get("DependsOn", []).sort()
    return json.dumps(renamed, sort_keys=True)
