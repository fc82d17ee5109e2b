"""Templates in JSON, and what is refused."""

import pytest

from constructs_lib.checks.reading.cannot_read import CannotRead
from constructs_lib.checks.reading.json_text import parse_json


def test_json_is_read() -> None:
    assert parse_json('{"a": [1, 2.5, "x", true, null, {"b": "\\u00e4\\ud83d\\ude00"}]}', "t.json") == {
        "a": [1, 2.5, "x", True, None, {"b": "ä😀"}]
    }


@pytest.mark.parametrize(
    ("written", "line", "reason"),
    [
        ('{"a": 1,\n"b": {"c": 1,\n"c": 2}}', 3, 'the key "c" stands twice in one place'),
        ('{"a": 1, "<<": {}, "<<": {}}', None, 'the key "<<" stands twice in one place'),
        ('{"a": 1,\n}', 2, "it is no JSON"),
        ('{"a": 1} x', 1, "it is no JSON: Extra data"),
        ('{"a": NaN}', None, "it is no JSON: NaN is no number"),
        ('{"a": -Infinity}', None, "it is no JSON: -Infinity is no number"),
        ('{"a": ' + "9" * 5_000 + "}", None, "it is no JSON"),
        ('{"a": "\\ud800"}', None, "it is no JSON: 'utf-8' codec"),
        ('{"a": ' * 100_000, None, "its values are nested too deep"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_refused(written: str, line: int | None, reason: str) -> None:
    with pytest.raises(CannotRead, match=reason) as refused:
        parse_json(written, "t.json")
    assert refused.value.line == line
