"""The text of a file, and the data that it says."""

import stat
from pathlib import Path
from typing import Any

from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.json_text import parse_json
from constructs_lib.checks.reading.limits import LARGEST_FILE
from constructs_lib.checks.reading.yaml_text import parse_yaml


def bytes_of(file: Path) -> bytes:
    """Read a file.

    Raises:
        CannotRead: a file that is missing, larger than `LARGEST_FILE`, or no regular one.
    """
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            # Whoever opens a pipe waits for its other end.
            raise CannotRead(str(file), "it is neither a file nor a folder")
        if status.st_size > LARGEST_FILE:
            raise CannotRead(str(file), f"it is larger than {LARGEST_FILE:,} bytes")
        return file.read_bytes()
    except OSError as error:
        raise CannotRead(str(file), (error.strerror or type(error).__name__).lower()) from None
    except ValueError:  # a NUL in the path
        raise CannotRead(repr(file), "no file is called so") from None


def text_of(data: bytes, path: str) -> str:
    """Decode what a file holds, which is UTF-8.

    Raises:
        CannotRead: another encoding.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CannotRead(path, "it is not written in UTF-8", data.count(b"\n", 0, error.start) + 1) from None


def parse(text: str, path: str, *, is_written_by_code: bool = False) -> Any:
    """Read a text as JSON if it looks like it, else as YAML.

    Args:
        text: the text.
        path: what messages call its file.
        is_written_by_code: whether it cannot have two values under one key, and need not be searched for them.

    Raises:
        CannotRead: what is malformed or hostile.
    """
    if not text.lstrip().startswith("{"):
        return parse_yaml(text, path)
    try:
        return parse_json(text, path, is_written_by_code=is_written_by_code)
    except CannotRead:
        if path.endswith(".json"):
            raise
        # YAML may begin with a brace, too.
        return parse_yaml(text, path)


def parse_file(file: Path) -> Any:
    """Read a file of JSON or YAML.

    Raises:
        CannotRead: what cannot be read, is malformed or hostile.
    """
    return parse(text_of(bytes_of(file), str(file)), str(file))
