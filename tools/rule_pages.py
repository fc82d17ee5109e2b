"""Makes the pages of the rules from the rules themselves: ``python -m tools.rule_pages``."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from constructs_lib.checks.examples import example
from constructs_lib.checks.rule import Rule
from constructs_lib.checks.rules import documented_rules

DOCS = Path(__file__).parents[1] / "docs"

_BEGIN, _END = "<!-- rules -->\n", "<!-- /rules -->\n"


def pages() -> dict[Path, str]:
    """Give each page that is made, with its text: one an area, and the table of them all."""
    areas = {
        area: list(rules) for area, rules in groupby(sorted(documented_rules(), key=_order), lambda rule: rule.area)
    }
    checks = DOCS / "checks.md"
    before, _, rest = checks.read_text("utf-8").partition(_BEGIN)
    table = _table(rule for rules in areas.values() for rule in rules)
    return {
        checks: before + _BEGIN + table + _END + rest.partition(_END)[2],
        **{DOCS / "rules" / f"{area}.md": _page(area, rules) for area, rules in areas.items()},
    }


def _order(rule: Rule) -> tuple[str, int]:
    return rule.area, int(rule.id.rpartition("-")[2])


def _table(rules: Iterable[Rule]) -> str:
    rows = (
        f"| [{each.id}](rules/{each.area}.md#{each.id.lower()}) | {each.severity} | {each.title} |" for each in rules
    )
    return "\n".join(["| rule | severity | as it should be |", "|---|---|---|", *rows, ""])


def _page(area: str, rules: Iterable[Rule]) -> str:
    return "\n\n".join([f"# {area}", *map(_section, rules)]) + "\n"


def _section(rule: Rule) -> str:
    wrong, right = (f"```yaml\n{example(rule.id, which).strip()}\n```" for which in ("wrong", "right"))
    return "\n\n".join(
        [
            f"## {rule.id}",
            f"**{rule.title}** ({rule.severity})",
            rule.why,
            f"Wrong:\n\n{wrong}",
            f"Right:\n\n{right}",
            f"Source: <{rule.source}>",
        ]
    )


def main() -> None:
    """Write the pages; an area that is gone loses its own."""
    made = pages()
    for old in set((DOCS / "rules").glob("*.md")) - made.keys():
        old.unlink()
    for page, text in made.items():
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
