"""The page's files as the desk serves them, without a browser: `tests/approval/browser` has one."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.approval.runtime import page
from constructs_lib.functions.modules import add_modules

FILES = Path(page.__file__).parents[1] / "page"
SIGN_IN = "https://sign-in.auth.eu-central-1.amazoncognito.com"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": f"'self' {SIGN_IN}",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CLIENT_ID": "the-desk", "SIGN_IN_URL": SIGN_IN, "APPROVERS": "managers"}.items():
        monkeypatch.setenv(name, value)


def get(path: str, **headers: str) -> dict[str, Any]:
    """Ask as API Gateway does, which hands no headers over as None."""
    stage, _, file = path.partition("/page/")
    return page.handler(
        {
            "resource": "/page/{file}" if file else path if path == "/config.json" else "/",
            "pathParameters": {"file": file} if file else None,
            "headers": headers or None,
            "requestContext": {"path": stage},
        },
        None,
    )


def test_the_page_and_each_of_its_files_are_served_whole_as_what_they_are() -> None:
    types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    for file in FILES.iterdir():
        answer = get(f"/page/{file.name}")
        assert (answer["statusCode"], answer["body"]) == (200, file.read_text("utf-8"))
        assert answer["headers"]["Content-Type"] == f"{types[file.suffix]}; charset=utf-8"
    assert get("/prod/")["body"] == (FILES / "index.html").read_text("utf-8")


def test_nothing_else_is_served() -> None:
    for name in ("", "..", "../runtime/page.py", "/etc/passwd", "index.html/", "INDEX.HTML", "__pycache__", "app.js\0"):
        assert get(f"/page/{name or '?'}")["statusCode"] == 404


def test_the_page_knows_who_signs_people_in_and_no_more() -> None:
    answer = get("/config.json")
    assert json.loads(answer["body"]) == {"client_id": "the-desk", "sign_in_url": SIGN_IN, "group": "managers"}
    assert answer["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_without_its_last_slash_the_page_moves_to_where_its_links_hold() -> None:
    answer = get("/prod")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (308, "/prod/")


@pytest.mark.parametrize("path", ["/prod/", "/prod", "/config.json", "/page/app.js", "/page/missing"])
def test_every_answer_carries_the_rules_of_the_page(path: str) -> None:
    headers = get(path)["headers"]
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=(), payment=()"


def test_what_has_not_changed_is_not_sent_again_and_is_always_asked_for() -> None:
    first = get("/page/app.js")
    assert first["headers"]["Cache-Control"] == "no-cache"
    for header in ("If-None-Match", "if-none-match"):
        again = get("/page/app.js", **{header: f'W/"other", {first["headers"]["ETag"]}'})
        assert (again["statusCode"], again["body"]) == (304, "")
        assert again["headers"]["ETag"] == first["headers"]["ETag"]
    assert get("/page/style.css", **{"If-None-Match": first["headers"]["ETag"]})["statusCode"] == 200


def test_the_page_takes_nothing_from_elsewhere_and_makes_no_markup_of_text() -> None:
    for file in FILES.iterdir():
        text = file.read_text("utf-8")
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[\w./-]*", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
        assert not re.search(r"<style|<script(?! type=\"module\" src=)|\sstyle=|\son\w+=", text), file.name


def test_it_runs_in_a_package_with_the_page_as_its_only_module_and_nothing_installed(tmp_path: Path) -> None:
    shutil.copyfile(page.__file__, tmp_path / "page.py")
    add_modules(["constructs_lib.approval.page"], tmp_path, shutil.ignore_patterns("__pycache__"))
    asked = f"""
import sys
sys.path = [{str(tmp_path)!r}, *(path for path in sys.path if "site-packages" not in path)]
import page
event = {{"resource": "/", "headers": {{}}, "requestContext": {{"path": "/"}}}}
assert "<title>" in page.handler(event, None)["body"]
assert "boto3" not in sys.modules and "aws_cdk" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-I", "-c", asked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
