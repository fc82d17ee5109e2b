"""The pages of the rules say what the rules say."""

from pathlib import Path

import pytest

from constructs_lib.checks.rule import Rule
from constructs_lib.checks.rules import documented_rules
from tools.rule_pages import DOCS, pages

PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_as_its_rules_are(page: Path) -> None:
    assert page.read_text("utf-8") == PAGES[page], "run: python -m tools.rule_pages"


def test_no_page_is_of_an_area_that_is_gone() -> None:
    assert set((DOCS / "rules").glob("*.md")) == {page for page in PAGES if page.parent.name == "rules"}


@pytest.mark.parametrize("rule", list(documented_rules()), ids=lambda rule: rule.id)
def test_a_rule_is_in_the_table_and_on_its_page(rule: Rule) -> None:
    assert f"[{rule.id}](rules/{rule.area}.md#{rule.id.lower()})" in (DOCS / "checks.md").read_text("utf-8")
    page = (DOCS / "rules" / f"{rule.area}.md").read_text("utf-8")
    assert f"\n## {rule.id}\n" in page
    assert rule.title in page
