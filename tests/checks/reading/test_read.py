"""Folders and files of templates: what is found, what is passed over, and what is told of the rest."""

import json
import os
import socket
from pathlib import Path

import pytest

from constructs_lib.checks.reading import read
from constructs_lib.checks.reading import template_text as reading_of_text

QUEUE = "Resources: {Queue: {Type: AWS::SQS::Queue}}"


def write(file: Path, text: str = QUEUE) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def files(folder: Path) -> list[str]:
    """Give the files of the stacks that are read in a folder, none of which is unreadable."""
    assembly = read([folder])
    assert assembly.unreadable == []
    return [str(Path(stack.file).relative_to(folder)) for stack in assembly.stacks]


def reasons(*paths: Path) -> list[str]:
    """Give what is told of paths of which none can be read."""
    assembly = read(paths)
    assert assembly.stacks == []
    return [str(error).removeprefix("cannot read ") for error in assembly.unreadable]


def test_a_template(tmp_path: Path) -> None:
    file = write(tmp_path / "queue.prod.yaml")
    (stack,) = read([file], region="eu-west-1", account="111111111111").stacks
    assert (stack.name, stack.region, stack.account, stack.file) == ("queue", "eu-west-1", "111111111111", str(file))
    assert stack.resources["Queue"].type == "AWS::SQS::Queue"
    assert stack.resolve({"Ref": "AWS::StackName"})[1] != "queue"


@pytest.mark.parametrize("name", ["a.json", "a.yaml", "a.yml", "a.template", "in/some/folder/a.yaml", "assets/a.yaml"])
def test_what_is_found_in_a_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert files(tmp_path) == [name]


@pytest.mark.parametrize(
    "name",
    ["a.txt", "node_modules/a.yaml", ".git/a.yaml", ".aws-sam/build/a.yaml", "asset.1/a.yaml", "a/__pycache__/a.yaml"],
)
def test_where_nobody_looks(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"name": "package"}',
        "apiVersion: v1\n---\nkind: Pod",
        "openapi: 3.0.0\npaths: {}",
        "# Resources of type AWS::SQS::Queue\na: 1",
        "Resources: [AWS::SQS::Queue]",
        "Resources: {A: {Kind: AWS::SQS::Queue}}",
        "[AWS::SQS::Queue, Resources]",
    ],
)
def test_what_is_no_template(tmp_path: Path, text: str) -> None:
    file = write(tmp_path / "a.yaml", text)
    assert files(tmp_path) == []
    assert reasons(file)[0].startswith(str(file))


def test_a_template_that_is_malformed_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    wrong = write(tmp_path / "a.json", '{"Resources": {"A": {"Type": "AWS::SQS::Queue"},\n}}')
    write(tmp_path / "b.yaml")
    assembly = read([tmp_path])
    assert [stack.name for stack in assembly.stacks] == ["b"]
    assert [str(error) for error in assembly.unreadable] == [
        f"cannot read {wrong}:2: it is no JSON: Expecting property name enclosed in double quotes"
    ]


def test_yaml_may_begin_with_a_brace_but_json_is_json(tmp_path: Path) -> None:
    text = "{Resources: {A: {Type: AWS::SQS::Queue}}}"
    assert [stack.name for stack in read([write(tmp_path / "a.yaml", text)]).stacks] == ["a"]
    assert "it is no JSON" in reasons(write(tmp_path / "a.json", text))[0]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", f"\ufeff{QUEUE}")
    write(tmp_path / "b.json", '\ufeff{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}')
    assert files(tmp_path) == ["a.yaml", "b.json"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(f"# Resources AWS::\nA: ä\n{QUEUE}".encode(encoding))
    assert "it is not written in UTF-8" in reasons(file)[0]


def test_a_file_that_is_given_twice_is_read_once(tmp_path: Path) -> None:
    file = write(tmp_path / "a.yaml")
    (tmp_path / "b.yaml").symlink_to(file)
    assert len(read([file, tmp_path, tmp_path / "." / "a.yaml", file]).stacks) == 1


def test_links_that_lead_in_circles(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a.yaml")
    (tmp_path / "in" / "again").symlink_to(tmp_path)
    (tmp_path / "self.yaml").symlink_to(tmp_path / "self.yaml")
    assert files(tmp_path) == ["in/a.yaml"]
    assert "symbolic links" in reasons(tmp_path / "self.yaml")[0]


def test_what_is_no_regular_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.json")
    assert files(tmp_path) == []
    assert reasons(tmp_path / "pipe.yaml") == [f"{tmp_path / 'pipe.yaml'}: it is neither a file nor a folder"]
    assert reasons(tmp_path / "socket.json") == [f"{tmp_path / 'socket.json'}: it is neither a file nor a folder"]


def test_what_is_not_there(tmp_path: Path) -> None:
    assert reasons(tmp_path / "none.yaml") == [f"{tmp_path / 'none.yaml'}: no such file or directory"]
    assert "no file is called so" in reasons(Path("a\0b.yaml"))[0]
    assert "file name too long" in reasons(tmp_path / ("a" * 5_000))[0]


def test_a_file_and_a_folder_that_nobody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "a.yaml")

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(os, "scandir", denied)
    monkeypatch.setattr(Path, "read_bytes", denied)
    assert reasons(file, tmp_path) == [f"{file}: permission denied", f"{tmp_path}: permission denied"]


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_of_text, "LARGEST_FILE", 20)
    assert reasons(write(tmp_path / "a.yaml")) == [f"{tmp_path / 'a.yaml'}: it is larger than 20 bytes"]


PARENT = """\
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: %s, Parameters: {Name: orders}}
"""
CHILD = """\
Parameters: {Name: {Type: String, Default: other}}
Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}
"""


@pytest.mark.parametrize("named", ["parent.yaml", "."])
def test_a_local_template_of_a_nested_stack(tmp_path: Path, named: str) -> None:
    write(tmp_path / "a-child.yaml", CHILD)
    write(tmp_path / "parent.yaml", PARENT % "./a-child.yaml")
    parent, child = read([tmp_path / named]).stacks
    assert (parent.name, child.name) == ("parent", "parent/Inner")
    assert child.parent is parent.resources["Inner"]
    assert child.resources["Queue"].at("QueueName").text == "orders"


@pytest.mark.parametrize(
    "address",
    [
        *("https://bucket/child.yaml", "s3://b/child.yaml", "missing.yaml", "child.txt", "[child.yaml]"),
        *('"a\\0.yaml"', f"{'a' * 5_000}.yaml"),
    ],
    ids=lambda address: address[:30],
)
def test_other_templates_of_nested_stacks_are_not_looked_for(tmp_path: Path, address: str) -> None:
    write(tmp_path / "child.txt")
    assembly = read([write(tmp_path / "parent.yaml", PARENT % address)])
    assert (len(assembly.stacks), assembly.unreadable) == (1, [])


def test_a_nested_template_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    write(tmp_path / "child.yaml", "Resources: {}")
    parents = [write(tmp_path / name, PARENT % "child.yaml") for name in ("a.yaml", "b.yaml")]
    assert len(read(parents).unreadable) == 1


def test_an_absolute_address_leads_nowhere(tmp_path: Path) -> None:
    child = write(tmp_path / "child.yaml")
    assert len(read([write(tmp_path / "parent.yaml", PARENT % child)]).stacks) == 1


def test_templates_that_nest_each_other(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", PARENT % "b.yaml")
    write(tmp_path / "b.yaml", PARENT % "a.yaml")
    assert [stack.name for stack in read([tmp_path]).stacks] == ["a", "a/Inner"]


def test_fifty_megabytes(tmp_path: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "x" * 1_000}}
    file = write(tmp_path / "a.json", json.dumps({"Resources": {f"Queue{index}": queue for index in range(48_000)}}))
    assert file.stat().st_size > 50_000_000
    (stack,) = read([file]).stacks
    assert len(stack.resources) == 48_000
