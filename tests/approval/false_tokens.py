"""Tokens as attackers make them, from a true one."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def forged(token: str, **changed: Any) -> dict[str, str]:
    """Give forgeries of a token, each by its name; all say what is ``changed``, if they can."""
    header, claims, signature = token.split(".")
    said = _read(claims) | changed
    more = _part(said)
    flipped = ("A" if signature[10] != "A" else "B") + signature[11:]
    return {
        "other claims": f"{header}.{more}.{signature}",
        "another signature": f"{header}.{claims}.{signature[:10]}{flipped}",
        "no signature": f"{header}.{more}.",
        "two parts": f"{header}.{more}",
        "alg none": f"{_part(_read(header) | {'alg': 'none'})}.{more}.",
        "alg None, signed": f"{_part(_read(header) | {'alg': 'None'})}.{more}.{signature}",
        "signed with a key of one's own": _signed(_read(header), more),
        "a key that nobody knows": _signed(_read(header) | {"kid": "mine"}, more),
        "signed with what everybody knows": _hashed(_read(header), more, said["iss"]),
        "its claims alone": claims,
        "nothing": "",
        "Bearer": "Bearer",
        "a name": "max@example.com",
    }


def claims_of(token: str) -> dict[str, Any]:
    """Read what a token says."""
    return _read(token.split(".")[1])


def _signed(header: dict[str, Any], claims: str) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    message = f"{_part(header)}.{claims}"
    return f"{message}.{_text(key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _hashed(header: dict[str, Any], claims: str, secret: str) -> str:
    """As where a verifier takes a public key for the secret of an HMAC."""
    message = f"{_part(header | {'alg': 'HS256'})}.{claims}"
    return f"{message}.{_text(hmac.digest(secret.encode(), message.encode(), hashlib.sha256))}"


def _part(value: Any) -> str:
    return _text(json.dumps(value).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _read(part: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return read
