"""The claims of a token that become tags of the credentials, for policies to compare."""

import re
from collections.abc import Mapping

from constructs_lib.arguments import require, require_within
from constructs_lib.quotas import COGNITO_PRINCIPAL_TAGS

_SOURCE = "Using attributes for access control"
_TAG = re.compile(r"[\w .:/=+@-]{1,128}")


def require_principal_tags(tags: Mapping[str, str]) -> None:
    """Raise `InvalidArgument` unless Cognito and STS would take each tag, and each differs in more than its case."""
    require_within("the number of principal_tags", len(tags), COGNITO_PRINCIPAL_TAGS)
    for tag, claim in tags.items():
        require(
            _TAG.fullmatch(tag),
            "principal_tags",
            "have names of 1 to 128 letters, digits, spaces and _.:/=+@-",
            tag,
            _SOURCE,
        )
        require(not tag.lower().startswith("aws:"), "principal_tags", "not begin with aws:", tag, _SOURCE)
        require(claim, "principal_tags", "name a claim of the ID token for each tag", {tag: claim}, _SOURCE)
    require(tags["sub"] == "sub", "principal_tags", "leave the tag sub to the claim sub", tags["sub"], _SOURCE)
    names = {tag.lower() for tag in tags}
    require(len(names) == len(tags), "principal_tags", "name each tag once, in whatever case", list(tags), _SOURCE)
