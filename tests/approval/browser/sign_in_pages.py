"""The sign-in pages of a user pool, as strict as Cognito's: code, PKCE, registered addresses, a session by cookie."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from html import escape
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode

from tests.approval.browser.site import Reply, Request

CLIENT_ID = "the-desk"


@dataclass(frozen=True)
class Person:
    email: str
    groups: tuple[str, ...] = ("managers",)


MAX = Person("max@example.com")


@dataclass
class SignInPages:
    """Knows whom its cookies, codes and tokens belong to."""

    page_url: str = ""
    """The only address that people are sent back to."""
    people: dict[str, Person] = field(default_factory=dict)
    wrong_nonce: bool = False
    """Answer as if the code were of another sign-in."""
    forms_shown: int = 0
    trades: int = 0
    """How often somebody tried to trade something for tokens."""
    _sessions: dict[str, Person] = field(default_factory=dict)
    _codes: dict[str, tuple[dict[str, str], Person]] = field(default_factory=dict)
    _tokens: dict[str, Person] = field(default_factory=dict)
    _refresh_tokens: dict[str, Person] = field(default_factory=dict)

    def holder_of(self, token: str) -> Person | None:
        """Judge an id token, as API Gateway does."""
        return self._tokens.get(token)

    def let_tokens_end(self, *, refresh_tokens: bool = False) -> None:
        """Pass an hour, or with the refresh tokens a day."""
        self._tokens.clear()
        if refresh_tokens:
            self._refresh_tokens.clear()

    def secrets(self) -> list[str]:
        """Name all that a browser must not keep."""
        return [*self._tokens, *self._refresh_tokens]

    def answer(self, request: Request) -> Reply:
        match request.method, request.path:
            case "GET", "/oauth2/authorize":
                return self._authorize(request)
            case "POST", "/login":
                return self._login(request)
            case "POST", "/oauth2/token":
                status, body = self._trade(dict(parse_qsl(request.body.decode())))
                headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
                return Reply(status, json.dumps(body), headers)
            case "GET", "/logout" if request.query["logout_uri"] == self.page_url:
                gone = "session=; Max-Age=0; HttpOnly"
                return Reply(302, headers={"Location": self.page_url, "Set-Cookie": gone})
        return Reply(400, "no such page")

    def _authorize(self, request: Request) -> Reply:
        wanted = {
            "client_id": CLIENT_ID,
            "redirect_uri": self.page_url,
            "response_type": "code",
            "code_challenge_method": "S256",
        }
        if not wanted.items() <= request.query.items() or not {"state", "nonce", "code_challenge"} <= set(
            request.query
        ):
            return Reply(400, "refused")
        cookie = SimpleCookie(request.headers.get("cookie", "")).get("session")
        if cookie is not None and cookie.value in self._sessions:
            return self._back(request.query, self._sessions[cookie.value])
        self.forms_shown += 1
        form = f"""<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
            <form method="post" action="/login?{escape(urlencode(request.query))}">
            <label>Email <input name="email" type="email" autofocus></label> <button>Continue</button></form>"""
        return Reply(200, form, {"Content-Type": "text/html"})

    def _login(self, request: Request) -> Reply:
        person = self.people.get(dict(parse_qsl(request.body.decode())).get("email", ""))
        if person is None:
            refusal = {"error": "access_denied", "state": request.query["state"]}
            return Reply(303, headers={"Location": f"{self.page_url}?{urlencode(refusal)}"})
        session = secrets.token_urlsafe()
        self._sessions[session] = person
        back = self._back(request.query, person)
        return Reply(303, headers={**back.headers, "Set-Cookie": f"session={session}; HttpOnly; SameSite=Lax"})

    def _back(self, query: dict[str, str], person: Person) -> Reply:
        code = secrets.token_urlsafe()
        self._codes[code] = (query, person)
        answer = urlencode({"code": code, "state": query["state"]})
        return Reply(302, headers={"Location": f"{self.page_url}?{answer}"})

    def _trade(self, form: dict[str, str]) -> tuple[int, dict[str, str]]:
        self.trades += 1
        refusal = 400, {"error": "invalid_grant"}
        if form.get("client_id") != CLIENT_ID:
            return refusal
        if form.get("grant_type") == "refresh_token":
            holder = self._refresh_tokens.get(form.get("refresh_token", ""))
            return (200, {"id_token": self._id_token(holder)}) if holder else refusal
        query, person = self._codes.pop(form["code"], ({}, None))
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if person is None or query["code_challenge"] != challenge or form["redirect_uri"] != self.page_url:
            return refusal
        refresh_token = secrets.token_urlsafe()
        self._refresh_tokens[refresh_token] = person
        nonce = "another" if self.wrong_nonce else query["nonce"]
        return 200, {"id_token": self._id_token(person, nonce=nonce), "refresh_token": refresh_token}

    def _id_token(self, person: Person, **claims: str) -> str:
        claims = {"sub": f"sub-of-{person.email}", "email": person.email, **claims}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        token = f"header.{payload}.{secrets.token_urlsafe()}"
        self._tokens[token] = person
        return token
