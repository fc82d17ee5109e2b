"""The names that a group of users may have."""

import unicodedata
from collections.abc import Sequence

from constructs_lib.arguments import is_token, require, require_kind, require_within
from constructs_lib.quotas import COGNITO_GROUP_NAME

_LIST_OF_GROUPS = "constructs_lib.identity: the claim cognito:groups in API Gateway"


def require_group_names(groups: Sequence[str]) -> None:
    """Raise `InvalidArgument` unless Cognito would take each name, and each comes once."""
    # A set has no order, which is the groups' precedence.
    is_list = isinstance(groups, Sequence) and not isinstance(groups, str)
    require(is_list, "groups", "be a list of names", groups, COGNITO_GROUP_NAME.source)
    for name in groups:
        if is_token(name):
            continue
        require_kind("groups", name, str, COGNITO_GROUP_NAME.source)
        require_within(f"the length of the group {name!r}", len(name), COGNITO_GROUP_NAME)
        # CreateGroup's pattern: letters, marks, symbols, numbers and punctuation, so no space and nothing invisible.
        is_visible = all(unicodedata.category(character)[0] in "LMSNP" for character in name)
        require(is_visible, "groups", "have names without spaces", name, COGNITO_GROUP_NAME.source)
        # API Gateway hands a token's groups to an integration as one text, "[a, b]" or "a,b": it must fall apart again.
        is_one = not set(name) & set(",[]")
        require(is_one, "groups", "have names without commas and brackets", name, _LIST_OF_GROUPS)
    require(len(set(groups)) == len(groups), "groups", "name each group once", groups, COGNITO_GROUP_NAME.source)
