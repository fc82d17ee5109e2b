"""ApiDomain: which names an API may have."""

import re
from typing import Any

import pytest
from aws_cdk import App, Stack

from constructs_lib import ApiDomain, InvalidArgument
from tests.api.domains import zone_for


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("API.example.com", {}, "name must be a domain name in lower case, got 'API.example.com' (Custom domain name"),
        ("example", {}, "name must be a domain name in lower case"),
        ("api..example.com", {}, "name must be a domain name in lower case"),
        ("api.example.com.", {}, "name must be a domain name in lower case"),
        ("-api.example.com", {}, "name must be a domain name in lower case"),
        ("api_1.example.com", {}, "name must be a domain name in lower case"),
        (f"{'a' * 64}.example.com", {}, "name must be a domain name in lower case"),
        (f"{'a.' * 122}example.com", {}, "name must be a domain name in lower case"),
        ("api.example.org", {}, "name must be example.com or end in .example.com, got 'api.example.org'"),
        ("myexample.com", {}, "name must be example.com or end in .example.com, got 'myexample.com'"),
        ("api.example.com", {"endpoint": "private"}, "endpoint must be one of 'regional', 'edge', got 'private'"),
        ("api.example.com", {"base_path": ""}, "base_path must be one segment of a path, without slashes, got ''"),
        ("api.example.com", {"base_path": "v1/desk"}, "base_path must be one segment of a path"),
        (
            "api.example.com",
            {"zone": None},
            "name must come with a zone, or with a certificate when its DNS is elsewhere",
        ),
    ],
)
def test_a_bad_name_is_refused(name: str, arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        ApiDomain(name, **({"zone": zone_for(Stack(App(), "Zones"))} | arguments))
