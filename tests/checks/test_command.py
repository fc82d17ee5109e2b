"""The command `constructs-lib check`."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest

from constructs_lib.__main__ import main
from constructs_lib.checks import examination, progress, registry
from constructs_lib.checks.examples import example
from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule
from constructs_lib.checks.rules import documented_rules

Run = Callable[..., tuple[int, str, str]]

WRONG, RIGHT = (example("LAMBDA-1", which) for which in ("wrong", "right"))
WARNED = example("DDB-10", "wrong")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in a folder of its own; give exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(["check", *arguments])
        except SystemExit as left:
            code = int(str(left.code))
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def write(text: str, name: str = "app.yaml") -> str:
    Path(name).write_text(text)
    return name


def cloud_assembly(metadata: dict[str, object], *, beside: bool) -> str:
    """Write a cloud assembly as CDK does, of the template that is wrong."""
    folder = Path("cdk.out")
    folder.mkdir()
    (folder / "cdk.out").write_text('{"version": "55.0.0"}')
    template = {
        "Resources": {
            "Resize": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"MemorySize": 64, "Code": {"S3Bucket": "code", "S3Key": "x"}, "Role": "x"},
                "Metadata": {"aws:cdk:path": "Desk/Resize/Resource"},
            }
        }
    }
    (folder / "Desk.template.json").write_text(json.dumps(template))
    stack: dict[str, object] = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/eu-west-1",
        "properties": {"templateFile": "Desk.template.json"},
    }
    if beside:
        stack["additionalMetadataFile"] = "Desk.metadata.json"
        (folder / "Desk.metadata.json").write_text(json.dumps(metadata))
    else:
        stack["metadata"] = metadata
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": {"Desk": stack}}))
    return str(folder)


def acknowledged(reason: str | None, rule: str = "PatternChecks::LAMBDA-1") -> list[dict[str, object]]:
    return [{"type": "aws:cdk:acknowledged-rules", "data": {rule: reason}}]


def test_a_finding_of_an_error_is_exit_code_1(run: Run) -> None:
    code, out, err = run(write(WRONG))
    assert code == 1
    assert "error LAMBDA-1  Resize\n    Resize has 64 MiB of memory\n" in out
    assert "    app.yaml:9 Properties/MemorySize\n" in out
    assert err == ""


def test_nothing_found_is_exit_code_0(run: Run) -> None:
    code, out, _ = run(write(RIGHT))
    assert (code, out.partition(" by ")[0]) == (0, "no findings in 1 stack")


def test_warnings_fail_only_when_strict(run: Run) -> None:
    path = write(WARNED)
    assert run(path)[0] == 0
    assert run(path, "--strict")[0] == 1
    Path("pyproject.toml").write_text("[tool.constructs-lib.check]\nstrict = true\n")
    assert run(path)[0] == 1
    assert run(path, "--no-strict")[0] == 0


def test_errors_alone(run: Run) -> None:
    path = write(WARNED)
    assert "warning DDB-10" in run(path)[1]
    code, out, _ = run(path, "--min-severity", "error", "--strict")
    assert code == 0
    assert "no findings" in out


def test_select_and_ignore(run: Run) -> None:
    path = write(WRONG)
    assert run(path, "--select", "RDS,DDB-1")[0] == 0
    assert run(path, "--select", "RDS", "--select", "LAMBDA-1")[0] == 1
    assert run(path, "--ignore", "LAMBDA")[0] == 0
    code, _, err = run(path, "--select", "LAMDA")
    assert code == 2
    assert "is it LAMBDA" in err


def test_the_command_line_wins_over_settings(run: Run) -> None:
    write(WRONG)
    Path("pyproject.toml").write_text(
        '[tool.constructs-lib.check]\npaths = ["app.yaml"]\nselect = ["RDS"]\nformat = "json"\n'
    )
    code, out, _ = run()
    assert code == 0
    assert json.loads(out)["findings"] == []
    code, out, _ = run("--select", "LAMBDA", "--format", "text")
    assert code == 1
    assert "error LAMBDA-1" in out


def test_settings_that_are_none_are_told(run: Run) -> None:
    write(WRONG)
    Path("pyproject.toml").write_text("[tool.constructs-lib.check]\nselct = []\n")
    code, out, err = run("app.yaml")
    assert (code, out) == (2, "")
    assert err.startswith("constructs-lib: selct must be one of ")


@pytest.mark.parametrize("format", ["text", "json", "sarif", "markdown", "github"])
def test_each_format_tells_the_finding(run: Run, format: str) -> None:
    path = write(WRONG)
    code, out, _ = run(path, "--format", format)
    assert code == 1
    assert "LAMBDA-1" in out
    code, told, _ = run(path, "--format", format, "--output", "report")
    assert (code, told) == (1, "")
    assert Path("report").read_text() == out


def test_cdk_out_is_checked_if_nothing_is_named(run: Run) -> None:
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "there is no cdk.out here" in err
    cloud_assembly({}, beside=False)
    code, out, _ = run()
    assert code == 1
    assert out.startswith("Desk\n\n  error LAMBDA-1  Desk/Resize/Resource\n")
    assert "cdk.out/Desk.template.json:1 Properties/MemorySize" in out


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("path", ["/Desk", "/Desk/Resize", "/Desk/Resize/Resource"])
def test_what_was_acknowledged_in_the_app_is_honoured(run: Run, path: str, beside: bool) -> None:
    cloud_assembly({path: acknowledged("it is an example")}, beside=beside)
    code, out, _ = run("--format", "json")
    assert code == 0
    report = json.loads(out)
    assert report["findings"] == []
    assert [(each["rule"], each["reason"]) for each in report["acknowledged"]] == [("LAMBDA-1", "it is an example")]


@pytest.mark.parametrize(
    "metadata",
    [
        {"/Desk/Res": acknowledged("another construct")},
        {"/Desk/Resize/Resource/Inner": acknowledged("what is in it")},
        {"/Desk": acknowledged("another rule", "PatternChecks::LAMBDA-2")},
        {"/Desk": acknowledged("another plugin", "AwsSolutions::LAMBDA-1")},
        {"/Desk": [{"type": "aws:cdk:info", "data": {"PatternChecks::LAMBDA-1": "another entry"}}]},
        {"/Desk": acknowledged(None)},
        {"/Desk": "malformed", "/Desk/Resize": [7, {"type": "aws:cdk:acknowledged-rules", "data": [1]}]},
    ],
)
def test_what_was_not_is_found(run: Run, metadata: dict[str, object]) -> None:
    cloud_assembly(metadata, beside=True)
    assert run()[0] == 1


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '{"/Desk": ' * 100_000])
def test_metadata_that_is_none_acknowledges_nothing(run: Run, text: str) -> None:
    folder = cloud_assembly({}, beside=True)
    Path(folder, "Desk.metadata.json").write_text(text)
    Path(folder, "validation-report.json").write_text(text)
    assert run()[0] == 1


@pytest.mark.parametrize("is_in_stage", [False, True])
def test_what_was_acknowledged_on_the_app_itself_is_honoured(run: Run, is_in_stage: bool) -> None:
    folder = cloud_assembly({}, beside=True)
    if is_in_stage:
        Path(folder).rename("assembly-Prod")
        Path(folder).mkdir()
        Path("assembly-Prod").rename(Path(folder, "assembly-Prod"))
        stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}
        Path(folder, "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": {"Prod": stage}}))
        Path(folder, "cdk.out").write_text('{"version": "55.0.0"}')
    filtered = {"ruleName": "LAMBDA-1", "reason": "said of the app"}
    for plugin, code in (("AwsSolutions", 1), ("PatternChecks", 0)):
        violation = filtered | {"violatingConstructs": [{"constructPath": "Desk/Resize"}]}
        report = {"pluginReports": [{"pluginName": plugin, "suppressedViolations": [violation]}]}
        Path(folder, "validation-report.json").write_text(json.dumps(report))
        assert run()[0] == code


def test_a_template_acknowledges_by_its_metadata(run: Run) -> None:
    for name in ("LAMBDA-1", "PatternChecks::LAMBDA-1"):
        told = f"    Metadata: {{constructs-lib: {{acknowledge: [{{id: '{name}', reason: an example}}]}}}}\n"
        code, out, _ = run(write(WRONG.replace("    Properties:\n", f"{told}    Properties:\n")))
        assert code == 0
        assert out.endswith(", 1 acknowledged\n")


@pytest.mark.parametrize("reason", ["", ", reason: ''", ", reason: '  '"])
def test_an_acknowledgment_without_a_reason_does_not_count(run: Run, reason: str) -> None:
    told = f"    Metadata: {{constructs-lib: {{acknowledge: [{{id: LAMBDA-1{reason}}}]}}}}\n"
    code, _, err = run(write(WRONG.replace("    Properties:\n", f"{told}    Properties:\n")))
    assert code == 1
    assert err == "constructs-lib: the acknowledgment of LAMBDA-1 at Resize gives no reason, so it does not count\n"


def test_what_cannot_be_read_is_exit_code_2_and_the_others_are_judged(run: Run) -> None:
    Path("all").mkdir()
    write(WRONG, "all/app.yaml")
    write("Resources: {A: {Type: AWS::SNS::Topic, Properties: !!python/object:os.system x}}", "all/bad.yaml")
    code, out, err = run("all")
    assert code == 2
    assert "LAMBDA-1" in out
    assert "bad.yaml" in err
    assert json.loads(run("all", "--format", "json")[1])["unreadable"]


@pytest.mark.parametrize("path", ["absent.yaml", "absent"])
def test_what_is_not_there_is_exit_code_2(run: Run, path: str) -> None:
    code, out, err = run(path)
    assert (code, out.partition(" by ")[0]) == (2, "no findings in no stack")
    assert path in err


def test_a_folder_without_templates_is_exit_code_2(run: Run) -> None:
    Path("empty").mkdir()
    write("{}", "empty/package.json")
    code, out, err = run("empty", "--format", "json")
    assert code == 2
    assert [each["file"] for each in json.loads(out)["unreadable"]] == ["empty"]
    assert err == "constructs-lib: cannot read empty: it holds no template\n"


def test_a_rule_that_breaks_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    @rule("ACME-1", ERROR, "Broken", source="https://wiki.example.com")
    def broken(_: Assembly) -> list[Problem]:
        """It breaks."""
        raise KeyError("x")

    monkeypatch.setattr(registry, "documented_rules", lambda: [*documented_rules(), broken])
    code, out, err = run(write(WRONG))
    assert code == 2
    assert "LAMBDA-1" in out
    assert "ACME-1 could not judge: KeyError: 'x'" in err


def test_a_package_that_brings_no_rules_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_brought", lambda: ([], {"acme": "ImportError: gone"}))
    code, _, err = run(write(RIGHT))
    assert code == 2
    assert "acme could not judge: ImportError: gone" in err


def test_the_version(run: Run) -> None:
    assert run("--version") == (0, f"constructs-lib {version('constructs-lib')}\n", "")


def test_list_tells_each_rule(run: Run) -> None:
    code, out, _ = run("--list")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [[each.id, each.severity] for each in documented_rules()]


def test_explain_tells_why_wrong_right_and_source(run: Run) -> None:
    code, out, _ = run("--explain", "lambda-1")
    assert code == 0
    assert out.startswith("LAMBDA-1 (error): A function has 128 to 10240 MiB of memory\n\nLambda refuses other sizes")
    assert "Wrong:\n\n    Resources:\n" in out
    assert "          MemorySize: 64\n" in out
    assert "          MemorySize: 128\n" in out
    assert out.endswith("Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html\n")
    code, _, err = run("--explain", "LAMBDA")
    assert code == 2
    assert "is it LAMBDA-" in err


def test_a_rule_without_examples_is_explained(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    @rule("ACME-1", WARNING, "Mine", source="https://wiki.example.com")
    def mine(_: Assembly) -> list[Problem]:
        """Because."""
        return []

    monkeypatch.setattr(registry, "documented_rules", lambda: [mine])
    assert run("--explain", "ACME-1")[1] == "ACME-1 (warning): Mine\n\nBecause.\n\nSource: https://wiki.example.com\n"


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["--min-severity", "fatal"], ["--unknown"]])
def test_what_the_command_does_not_know_is_exit_code_2(run: Run, arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


def test_the_region_of_plain_templates(run: Run) -> None:
    path = write(example("API-2", "right"))
    assert "error API-2" not in run(path)[1]
    assert "error API-2" not in run(path, "--region", "eu-west-1")[1]
    assert "error API-2" in run(path, "--region", "eu-central-1")[1]


def in_terminal(*arguments: str, **environment: str) -> str:
    """Run the command as a person does, and give what the terminal shows."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "constructs_lib", "check", *arguments]
    known = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    done = subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**known, "TERM": "xterm", **environment})
    os.close(theirs)
    shown = b""
    while True:
        try:
            read = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not read:
            break
        shown += read
    done.wait()
    os.close(ours)
    return shown.decode()


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    template = tmp_path / "app.yaml"
    template.write_text(WRONG)
    assert "\x1b[31merror\x1b[0m LAMBDA-1" in in_terminal(str(template))
    assert "error LAMBDA-1" in in_terminal(str(template), NO_COLOR="1")
    assert "error LAMBDA-1" in in_terminal(str(template), TERM="dumb")


def test_other_encodings_and_readers_that_leave(tmp_path: Path) -> None:
    template = tmp_path / "app.yaml"
    template.write_text(WRONG.replace("Resize", "Größe"))
    command = [sys.executable, "-m", "constructs_lib", "check", str(template)]
    known = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=known, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert "error LAMBDA-1  Gr\\xf6\\xdfe" in done.stdout
    read, write = os.pipe()
    os.close(read)
    left = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert (left.returncode, left.stderr) == (1, "")


def test_an_interrupt_is_no_fault(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(registry, "all_rules", interrupted)
    assert run() == (130, "", "")


def test_whoever_waits_sees_what_is_read_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[tuple[str, int]] = []

    def shown(items: Sequence[object], what: str) -> Iterator[object]:
        watched.append((what, len(items)))
        yield from items

    monkeypatch.setattr(progress, "shown", shown)
    monkeypatch.setattr(examination, "shown", shown)
    for name in ("a.yaml", "b.yaml", "named.yml"):
        (tmp_path / name).write_text(RIGHT)
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.yaml").rename(tmp_path / "folder" / "a.yaml")
    assert main(["check", str(tmp_path / "folder"), str(tmp_path / "b.yaml"), str(tmp_path / "named.yml")]) == 0
    assert watched == [("reading", 2), ("reading", 1), ("judging", len(list(documented_rules())))]


def test_the_check_loads_neither_cdk_nor_the_local_kit(tmp_path: Path) -> None:
    template = tmp_path / "app.yaml"
    template.write_text(RIGHT)
    code = (
        "import sys; from constructs_lib.__main__ import main; main(['check', sys.argv[1]]); "
        "print(sorted({'aws_cdk', 'jsii', 'constructs', 'boto3', 'constructs_lib.local'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(template)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
