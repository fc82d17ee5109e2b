"""A fault that a local AWS has on purpose, so that a test sees what becomes of whoever calls it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

FOLDER = "faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with the calls of one action; in force while its file stands in the folder of faults."""

    action: str
    """As IAM names it; that of a transaction is its own, ``dynamodb:TransactWriteItems``."""
    error: str | None
    """The code that is answered; None answers nothing for as long as the fault is in force."""
    is_done: bool
    """Whether the call is done, and only its answer is lost."""
    file: Path

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `begin` wrote."""
        return cls(file=file, **json.loads(file.read_text()))

    def begin(self) -> None:
        """Put it in force, with no hit yet: as a whole, since it is read at any time."""
        written = self.file.with_suffix(".new")
        written.write_text(json.dumps({name: value for name, value in asdict(self).items() if name != "file"}))
        self._hits_file.write_bytes(b"")
        written.rename(self.file)

    def end(self) -> None:
        """End it; it still tells its hits."""
        self.file.unlink()

    @property
    def is_in_force(self) -> bool:
        """Whether it has not ended."""
        return self.file.exists()

    @property
    def hits(self) -> int:
        """How many calls have met it, those that are not answered yet too."""
        return self._hits_file.stat().st_size

    def hit(self) -> None:
        """Count one call."""
        with self._hits_file.open("ab") as hits:
            hits.write(b".")

    @property
    def _hits_file(self) -> Path:
        return self.file.with_suffix(".hits")
