"""Serves the approver's page: its files, and what it must know to sign people in. Nothing here is secret.

The page runs only what comes from here, in nobody's frame, and talks to this API and to the sign-in pages alone: the
headers, which every answer carries, have the browser see to it.

Environment: ``CLIENT_ID`` and ``SIGN_IN_URL`` of the user pool, ``APPROVERS`` the group that is named to outsiders.
"""

import json
import os
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

Answer = dict[str, Any]

_TYPES = {"css": "text/css", "html": "text/html", "js": "text/javascript", "svg": "image/svg+xml"}
_PAGE = {
    # In the package, the page's folder is the module that it is here.
    file.name: file.read_text("utf-8")
    for file in files("constructs_lib.approval").joinpath("page").iterdir()
    if file.is_file()
}


def handler(event: dict[str, Any], context: object) -> Answer:  # noqa: ARG001 - Lambda passes it
    """Answer one request of API Gateway's for ``/``, ``/config.json`` or ``/page/{file}``."""
    if event["resource"] == "/config.json":
        return _answer(200, json.dumps(_config()), "application/json", cache="no-store")
    if event["resource"] == "/":
        path = event["requestContext"]["path"]
        # Without the slash at its end, the links in the page would lead out of the stage.
        return _moved(f"{path}/") if not path.endswith("/") else _file("index.html", event)
    return _file(event["pathParameters"]["file"], event)


def _config() -> dict[str, str]:
    return {
        "client_id": os.environ["CLIENT_ID"],
        "sign_in_url": os.environ["SIGN_IN_URL"],
        "group": os.environ["APPROVERS"],
    }


def _file(name: str, event: dict[str, Any]) -> Answer:
    if name not in _PAGE:
        return _answer(404, "no such file", "text/plain", cache="no-store")
    content = _PAGE[name]
    tag = f'"{sha256(content.encode()).hexdigest()[:32]}"'
    headers = {key.lower(): value for key, value in (event["headers"] or {}).items()}
    is_known = tag in headers.get("if-none-match", "")
    # Asked for again each time, for a page of two versions would be none; what has not changed is not sent again.
    return _answer(
        304 if is_known else 200,
        "" if is_known else content,
        _TYPES[name.rpartition(".")[2]],
        cache="no-cache",
        ETag=tag,
    )


def _moved(path: str) -> Answer:
    return _answer(308, "", "text/plain", cache="no-store", Location=path)


def _answer(status: int, body: str, content_type: str, *, cache: str, **more: str) -> Answer:
    headers = {
        "Content-Type": f"{content_type}; charset=utf-8",
        "Cache-Control": cache,
        "Content-Security-Policy": _content_security_policy(),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000",
        "X-Content-Type-Options": "nosniff",
        **more,
    }
    return {"statusCode": status, "headers": headers, "body": body}


def _content_security_policy() -> str:
    sign_in = urlsplit(os.environ["SIGN_IN_URL"])
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {sign_in.scheme}://{sign_in.netloc}",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            # No string ever becomes markup or code, not by a mistake either.
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
