"""Passwords, where users log in by one: which may stand in a statement, and what PostgreSQL keeps instead of one."""

import base64
import hashlib
import hmac
import os
import re

RULE = "be printable ASCII characters without spaces, quotes, backslashes and colons"

_PLAIN = re.compile(r"""[!-~]+""")
_UNSAFE = re.compile(r"""['"`\\:]""")

_ITERATIONS = 4_096
"""As PostgreSQL itself does; the password is random, so more would only slow each login down."""
_SALT_BYTES = 16


def require_plain_password(password: str) -> None:
    """Refuse a password that a statement, or the Data API, might read otherwise.

    Raises:
        ValueError: the password breaks `RULE`; the message does not tell it.
    """
    if not _PLAIN.fullmatch(password) or _UNSAFE.search(password):
        raise ValueError(f"the password must {RULE}")


def scram_verifier(password: str) -> str:
    """Return what PostgreSQL keeps of a password: it proves who knows it, and does not tell it.

    Source: RFC 5802 and PostgreSQL's documentation of pg_authid.
    """
    salt = os.urandom(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    return f"SCRAM-SHA-256${_ITERATIONS}:{_base64(salt)}${_base64(stored_key)}:{_base64(server_key)}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
