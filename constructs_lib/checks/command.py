"""The command ``constructs-lib check``: judge templates by the documented rules."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from constructs_lib.arguments import InvalidArgument
from constructs_lib.checks.model.severity import Severity
from constructs_lib.checks.report import FORMATS

if TYPE_CHECKING:
    from constructs_lib.checks.examination import Examination
    from constructs_lib.checks.registry import Registry
    from constructs_lib.checks.settings import Settings

_DESCRIPTION = """\
Judge CloudFormation templates by what AWS documents: a cloud assembly (cdk.out), folders and files of templates in JSON
or YAML, SAM too. Settings are read from [tool.constructs-lib.check] of the nearest pyproject.toml.
"""
_EXIT_CODES = """\
Exit code: 0 if nothing fails, 1 if there are errors (with --strict: or warnings), 2 if something could not be judged.
"""
_FINE, _FOUND, _UNABLE = 0, 1, 2


def add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `check` to the commands."""
    parser = commands.add_parser(
        "check", help="judge templates by what AWS documents", description=_DESCRIPTION, epilog=_EXIT_CODES
    )
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="a cdk.out, a folder or a template (default: cdk.out)")
    add("--format", choices=FORMATS, help="how the report is written (default: text)")
    add("--output", type=Path, metavar="FILE", help="write the report there")
    add("--select", type=_names, action="extend", metavar="RULE,...", help="judge by these only: RDS-6, or RDS for all")
    add("--ignore", type=_names, action="extend", metavar="RULE,...", help="do not judge by these")
    add("--min-severity", choices=list(Severity), type=Severity, help="tell errors only, or all (default: warning)")
    add("--strict", action=argparse.BooleanOptionalAction, help="whether warnings fail, too")
    add("--region", help="where templates are deployed that say nothing of it")
    add("--list", action="store_true", help="list the rules and exit")
    add("--explain", metavar="RULE", help="say what a rule is, why, and how to keep it, and exit")
    add("--version", action="store_true", help="say the version and exit")
    parser.set_defaults(run=_run)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _run(chosen: argparse.Namespace) -> int:
    try:
        return _answer(chosen)
    except BrokenPipeError:  # whoever read the report has seen enough, and Python need not try again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FOUND
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (InvalidArgument, OSError) as error:
        _say(str(error))
        return _UNABLE


def _answer(chosen: argparse.Namespace) -> int:
    if chosen.version:
        from importlib.metadata import version

        return _print(f"constructs-lib {version('constructs-lib')}\n")
    from constructs_lib.checks.registry import all_rules
    from constructs_lib.checks.selection import find

    registry = all_rules()
    if chosen.list:
        return _print("".join(f"{rule.id:<10} {rule.severity:<8} {rule.title}\n" for rule in registry.rules))
    if chosen.explain:
        from constructs_lib.checks.explanation import explanation

        return _print(f"{explanation(find(registry.rules, chosen.explain))}\n")
    settings = _settings(chosen)
    examination = _examination(settings, registry)
    _report(examination, settings.format, chosen.output)
    return _exit_code(examination, settings)


def _settings(chosen: argparse.Namespace) -> "Settings":
    """Give the settings of the folder, with what the command line says instead."""
    from dataclasses import fields, replace

    from constructs_lib.checks.settings import Settings, settings

    said = {field.name: getattr(chosen, field.name) for field in fields(Settings)}
    return replace(settings(Path.cwd()), **{name: value for name, value in said.items() if value not in (None, [])})


def _examination(settings: "Settings", registry: "Registry") -> "Examination":
    from constructs_lib.checks.examination import examine
    from constructs_lib.checks.progress import shown
    from constructs_lib.checks.reading import CannotRead, read
    from constructs_lib.checks.selection import selected
    from constructs_lib.checks.uncollected import uncollected

    rules = selected(registry.rules, select=settings.select, ignore=settings.ignore)
    paths = settings.paths or [_cloud_assembly()]
    with uncollected():
        assembly = read(paths, region=settings.region, watch=lambda found: shown(found, "reading"))
        examination = examine(assembly, rules, min_severity=settings.min_severity)
    examination.broken |= registry.broken
    if not assembly.stacks and not assembly.unreadable:
        # Whoever mistook a folder is not told that all is well.
        examination.unreadable = [CannotRead(str(path), "it holds no template") for path in paths]
    return examination


def _cloud_assembly() -> str:
    if not Path("cdk.out").is_dir():
        raise InvalidArgument("PATH", "be given, for there is no cdk.out here", "", "constructs-lib check --help")
    return "cdk.out"


def _report(examination: "Examination", format: str, output: Path | None) -> None:
    from importlib import import_module

    from constructs_lib.checks.report.whereabouts import Whereabouts

    for why in _troubles(examination):
        _say(why)
    render = import_module(f"constructs_lib.checks.report.{format}").render
    options = {"colours": True} if format == "text" and not output and _has_colours() else {}
    report = render(examination, Whereabouts(Path.cwd()), **options)
    if output:
        output.write_text(report, "utf-8")
    else:
        _print(report)


def _troubles(examination: "Examination") -> list[str]:
    return [
        *map(str, examination.unreadable),
        *(f"{name} could not judge: {why}" for name, why in examination.broken.items()),
        *(
            f"the acknowledgment of {finding.rule} at {finding.name} gives no reason, so it does not count"
            for finding in examination.unexplained
        ),
    ]


def _exit_code(examination: "Examination", settings: "Settings") -> int:
    if examination.unreadable or examination.broken:
        return _UNABLE
    fails = examination.findings if settings.strict else examination.count(Severity.ERROR)
    return _FOUND if fails else _FINE


def _has_colours() -> bool:
    """Whether the reader is a terminal that wants colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _print(text: str) -> int:
    # Whatever a template says, a terminal of another encoding shows it.
    sys.stdout.write(text.encode(sys.stdout.encoding, "backslashreplace").decode(sys.stdout.encoding))
    sys.stdout.flush()
    return _FINE


def _say(sentence: str) -> None:
    from constructs_lib.checks.report.harmless import harmless

    print(f"constructs-lib: {harmless(sentence)}", file=sys.stderr)  # noqa: T201 - the command's own voice
