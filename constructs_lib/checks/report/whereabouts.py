"""Where in a file a finding is."""

import os
from functools import cache
from pathlib import Path

from constructs_lib.checks.finding import Finding


class Whereabouts:
    """Tells the files and lines of findings.

    Args:
        folder: where the command was called; files are told as seen from there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._text = cache(_read)

    def file(self, finding: Finding) -> str:
        """The finding's file, as seen from the folder; empty if it is not known."""
        return self.seen(finding.file) if finding.file else ""

    def seen(self, path: str) -> str:
        """A path as seen from the folder, with forward slashes."""
        return Path(os.path.relpath(path, self._folder)).as_posix()

    def line(self, finding: Finding) -> int | None:
        """The line in the file, from 1; None if it is not known."""
        from constructs_lib.checks.reading.lines import line_of

        return line_of(self._text(finding.file), finding.location) if finding.file else None

    def of(self, finding: Finding) -> str:
        """The file, the line, and the place in the resource: ``cdk.out/Desk.template.json:12 Properties/Name``."""
        line = self.line(finding)
        return f"{self.file(finding)}{f':{line}' if line else ''} {'/'.join(finding.steps)}".strip()


def _read(file: str) -> str:
    try:
        return Path(file).read_text("utf-8", errors="replace")
    except OSError:  # it was there when it was judged
        return ""
