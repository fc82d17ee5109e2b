"""Where the sign-in pages are: ``PREFIX.auth.REGION.amazoncognito.com``, or at an address of a pool's own."""

import re
from hashlib import sha256

from aws_cdk import Stack
from constructs import Construct

from constructs_lib.arguments import is_token, require

_SOURCE = "Using the Amazon Cognito prefix domain for managed login"
_OWN_PAGES = "constructs_lib.UserDirectory"
_PREFIX = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_RESERVED = ("aws", "amazon", "cognito")


def require_domain_prefix(name: str, prefix: str) -> None:
    """Raise `InvalidArgument` unless Cognito would take the prefix, were it free."""
    require(
        _PREFIX.fullmatch(prefix),
        name,
        "be 1 to 63 lower-case letters, digits and inner hyphens",
        prefix,
        _SOURCE,
    )
    is_reserved = any(word in prefix for word in _RESERVED)
    require(not is_reserved, name, "not contain " + ", ".join(_RESERVED), prefix, _SOURCE)


def require_sign_in_url(name: str, url: str, *, has_pages: bool) -> None:
    """Raise `InvalidArgument` unless a pool has pages of its own, and this can be their address."""
    require(has_pages, name, "be left out where the directory makes the sign-in pages", url, _OWN_PAGES)
    is_address = isinstance(url, str) and re.fullmatch(r"https://[^/?#\s]+", url)
    require(is_address, name, "be https://HOST, without a slash at its end", url, _OWN_PAGES)


def own_domain_prefix(scope: Construct) -> str:
    """Derive a prefix that no other directory in the world has: prefixes are shared by all accounts of a region.

    The account makes it the owner's, stack and path make it this directory's; hexadecimal spells no reserved word.
    """
    stack = Stack.of(scope)
    while stack.nested_stack_parent:
        # A nested stack has its name at deployment only.
        stack = stack.nested_stack_parent
    place = scope.node.path if is_token(stack.stack_name) else f"{stack.stack_name}/{scope.node.path}"
    return f"sign-in-{sha256(place.encode()).hexdigest()[:10]}-{stack.account}"
