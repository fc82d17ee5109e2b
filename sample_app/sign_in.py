"""Signing in on the managed sign-in page as a browser does: authorization code with PKCE, and nothing but requests."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests


@dataclass(frozen=True)
class Tokens:
    """What a sign-in gives."""

    id_token: str
    access_token: str
    refresh_token: str


@dataclass(frozen=True)
class SignInPage:
    """A user pool's page, as a client sends its users there."""

    address: str
    client_id: str
    callback_url: str
    trusted: str | bool = True
    """The file of the certificate authorities that the page is checked against; True for the system's."""

    @property
    def url(self) -> str:
        """The page, for a browser."""
        query = {"client_id": self.client_id, "response_type": "code", "redirect_uri": self.callback_url}
        return f"{self.address}/oauth2/authorize?{urlencode({**query, 'scope': 'openid email'})}"

    def sign_in(self, email: str, password: str, *, scope: str = "openid email") -> Tokens:
        """Sign in, and trade the code for tokens.

        Raises:
            PermissionError: the page did not let the person in.
        """
        verifier = new_verifier()
        return self.trade(self.code_for(email, password, verifier, scope=scope), verifier)

    def code_for(self, email: str, password: str, verifier: str, *, scope: str = "openid email") -> str:
        """Fill in the page's form, and return the code that the browser carries back to the app."""
        browser = requests.Session()  # Keeps the page's cookies.
        state = secrets.token_urlsafe(16)
        page = browser.get(
            f"{self.address}/oauth2/authorize",
            params={
                "client_id": self.client_id,
                "response_type": "code",
                "scope": scope,
                "redirect_uri": self.callback_url,
                "state": state,
                "code_challenge": challenge_of(verifier),
                "code_challenge_method": "S256",
            },
            verify=self.trusted,
            timeout=30,
        )
        page.raise_for_status()
        form = _Form(page.text)
        answer = browser.post(
            urljoin(page.url, form.action),
            data={**form.hidden, "username": email, "password": password},
            allow_redirects=False,
            verify=self.trusted,
            timeout=30,
        )
        target = answer.headers.get("Location", "")
        returned = parse_qs(urlsplit(target).query)
        if not target.startswith(self.callback_url) or "code" not in returned:
            raise PermissionError(f"the page did not let {email} in: {answer.status_code}")
        if returned["state"] != [state]:
            raise PermissionError("the page answered another sign-in than this one")
        return returned["code"][0]

    def trade(self, code: str, verifier: str) -> Tokens:
        """Trade a code for tokens, by showing what its challenge was made of."""
        answer = requests.post(
            f"{self.address}/oauth2/token",
            data={
                "grant_type": "authorization_code",
                "client_id": self.client_id,
                "code": code,
                "redirect_uri": self.callback_url,
                "code_verifier": verifier,
            },
            verify=self.trusted,
            timeout=30,
        )
        if not answer.ok:
            raise PermissionError(f"the code was not accepted: {answer.status_code} {answer.text}")
        tokens = answer.json()
        return Tokens(tokens["id_token"], tokens["access_token"], tokens["refresh_token"])


def new_verifier() -> str:
    """Make a secret for one sign-in (RFC 7636)."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """Make what the page may see of it."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class _Form(HTMLParser):
    """The first form of a page: where it goes, and what it carries unseen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the form and its hidden fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given["action"]
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given.get("value", "")
