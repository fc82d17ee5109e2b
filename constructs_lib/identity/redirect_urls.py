"""Where a browser may be sent after sign-in and sign-out."""

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from constructs_lib.arguments import require, require_within
from constructs_lib.quotas import COGNITO_REDIRECT_URLS

_SOURCE = "AWS::Cognito::UserPoolClient CallbackURLs"
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def require_redirect_urls(name: str, urls: Sequence[str]) -> None:
    """Raise `InvalidArgument` unless each URL is one that Cognito would send a browser to.

    https, http to this machine alone, or an app's own scheme such as ``myapp://signed-in``; absolute, with no fragment.
    Cognito compares a URL whole, so a wildcard would let nobody back in.
    """
    require(not isinstance(urls, str), name, "be a list of URLs", urls, _SOURCE)
    require_within(f"the number of {name}", len(urls), COGNITO_REDIRECT_URLS)
    for url in urls:
        parts = _split(url)
        require(parts, name, "be absolute URLs without a fragment", url, _SOURCE)
        require("*" not in url, name, "be whole URLs, without wildcards", url, _SOURCE)
        is_plain_http = parts is not None and parts.scheme == "http" and parts.hostname not in _THIS_MACHINE
        require(not is_plain_http, name, "use https, or http to localhost or 127.0.0.1 for tests", url, _SOURCE)


def _split(url: str) -> SplitResult | None:
    """Take an absolute URL apart; None for anything else, such as one with a space."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme and parts.netloc and "#" not in url and url.split() == [url] else None
