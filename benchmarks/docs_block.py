"""What a page of the docs repeats of a benchmark, between two comments that name it."""

from pathlib import Path


def block(page: Path, name: str) -> str:
    """Return what stands between the comments."""
    return _parts(page, name)[1]


def replace_block(page: Path, name: str, text: str) -> None:
    """Write something else between them."""
    before, _, after = _parts(page, name)
    page.write_text(before + text + after, "utf-8")


def _parts(page: Path, name: str) -> tuple[str, str, str]:
    begin, end = f"<!-- benchmark:{name} -->\n", f"<!-- /benchmark:{name} -->\n"
    text = page.read_text("utf-8")
    if (text.count(begin), text.count(end)) != (1, 1):
        raise ValueError(f"{page} has not one block between {begin.strip()} and {end.strip()}")
    before, _, rest = text.partition(begin)
    inside, _, after = rest.partition(end)
    return before + begin, inside, end + after
