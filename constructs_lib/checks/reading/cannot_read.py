"""What is told of a file that cannot be judged."""


class CannotRead(Exception):  # noqa: N818 - the sentence that it begins
    """A file is no template, or none that can be read.

    Attributes:
        path: the file, as it was named.
        reason: why it cannot be read.
        line: the line that is to blame, from 1; None if it is none in particular.
    """

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        self.path, self.reason, self.line = path, reason, line
        super().__init__(f"cannot read {path}{f':{line}' if line else ''}: {reason}")
