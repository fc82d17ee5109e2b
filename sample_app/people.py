"""The people of the desk, as their browsers would act: they sign in on the page and call the APIs with their token."""

from dataclasses import dataclass
from typing import Any

import requests

from sample_app.sign_in import SignInPage


@dataclass(frozen=True)
class Desk:
    """Where a deployed desk answers."""

    api_url: str
    desk_url: str
    page: SignInPage
    user_pool_id: str
    page_url: str = ""
    """Where managers decide; a browser finds it by the name that it has on AWS."""

    def call(self, method: str, url: str, token: str | None = None, body: Any = None) -> requests.Response:
        """Send one request, with a token if there is one."""
        headers = {"Authorization": token} if token else {}
        return requests.request(method, url, headers=headers, json=body, verify=self.page.trusted, timeout=60)

    def sign_in(self, email: str, password: str) -> "Person":
        """Sign somebody in on the managed page; `PermissionError` if it does not let them in."""
        return Person(self, email, self.page.sign_in(email, password).id_token)


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in."""

    desk: Desk
    email: str
    token: str

    def submit(self, **request: Any) -> requests.Response:
        """Ask for something to be bought."""
        return self.desk.call("POST", f"{self.desk.api_url}requests", self.token, request)

    def look(self, request_id: str) -> requests.Response:
        """See what became of a request."""
        return self.desk.call("GET", f"{self.desk.api_url}requests/{request_id}", self.token)

    def waiting(self) -> requests.Response:
        """List what waits for a decision."""
        return self.desk.call("GET", f"{self.desk.desk_url}approvals", self.token)

    def show(self, approval_id: str) -> requests.Response:
        """Look at one approval."""
        return self.desk.call("GET", f"{self.desk.desk_url}approvals/{approval_id}", self.token)

    def decide(self, approval_id: str, decision: str, comment: str = "") -> requests.Response:
        """Approve or reject."""
        body = {"decision": decision, "comment": comment}
        return self.desk.call("POST", f"{self.desk.desk_url}approvals/{approval_id}/decision", self.token, body)
