"""Templates that are written in JSON."""

import json
import re
from typing import Any

from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.yaml_text import parse_yaml

_HALF_A_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str, path: str, *, is_written_by_code: bool = False) -> Any:
    """Read JSON.

    Unlike CloudFormation, which takes the last of two values under one key, this refuses them: the first was surely
    not written for nothing (https://github.com/aws-cloudformation/cfn-language-discussion/issues/96).

    Args:
        text: the text.
        path: what messages call its file.
        is_written_by_code: whether it cannot have two values under one key, and need not be searched for them.

    Raises:
        CannotRead: what is malformed or hostile.
    """
    try:
        hook = None if is_written_by_code else _distinct
        read = json.loads(text, object_pairs_hook=hook, parse_constant=_refuse)
        if _HALF_A_CHARACTER.search(text):
            # Nobody could print the half of a pair of surrogates.
            json.dumps(read, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise CannotRead(path, f"it is no JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise CannotRead(path, "its values are nested too deep") from None
    except _RepeatedKey as error:
        # JSON is YAML too, and who reads YAML counts the lines.
        parse_yaml(text, path)
        raise CannotRead(path, f'the key "{error}" stands twice in one place') from None
    except ValueError as error:
        raise CannotRead(path, f"it is no JSON: {error}") from None
    return read


class _RepeatedKey(Exception):  # noqa: N818 - seen in this file only
    pass


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKey(next(key for key in read if keys.count(key) > 1))
    return read


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
