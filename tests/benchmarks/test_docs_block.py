"""A page of the docs keeps all but the block that is written anew."""

from pathlib import Path

import pytest

from benchmarks.docs_block import block, replace_block

PAGE = "before\n<!-- benchmark:one -->\nold\n<!-- /benchmark:one -->\nafter\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    return page


def test_the_block_is_what_stands_between_its_comments(page: Path) -> None:
    assert block(page, "one") == "old\n"


def test_only_the_block_is_replaced(page: Path) -> None:
    replace_block(page, "one", r"\1 new" + "\n")
    assert page.read_text() == PAGE.replace("old", r"\1 new")


def test_an_empty_block_can_be_filled(page: Path) -> None:
    replace_block(page, "one", "")
    assert block(page, "one") == ""
    replace_block(page, "one", "old\n")
    assert page.read_text() == PAGE


@pytest.mark.parametrize("text", [PAGE + PAGE, PAGE.replace("<!-- /benchmark:one -->\n", "")])
def test_a_page_without_just_one_such_block_is_refused(page: Path, text: str) -> None:
    page.write_text(text)
    with pytest.raises(ValueError, match=r"has not one block between <!-- benchmark:one -->"):
        block(page, "one")
