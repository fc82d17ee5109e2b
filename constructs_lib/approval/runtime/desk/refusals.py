"""Why the desk's API says no."""

from typing import Any


class Refusal(Exception):  # noqa: N818 - an answer, and no error of the desk's
    """An answer other than 200, with a sentence for whoever asked."""

    def __init__(self, code: int, message: str, **more: Any) -> None:
        """Answer with a status and a body of ``message`` and more."""
        super().__init__(message)
        self.code, self.body = code, {"message": message, **more}


NO_APPROVER = Refusal(403, "only who is asked may look at approvals and decide")
NO_SUCH = Refusal(404, "there is no such approval")
OWN_REQUEST = Refusal(403, "who asks for an approval cannot decide on it")
NO_COMMENT = Refusal(400, "a rejection needs a comment")
BUSY = Refusal(503, "the desk is busy: try again")
