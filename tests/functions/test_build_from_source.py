"""python_code(build_from_source=...): what is published as source only, built the same everywhere, or refused."""

from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack

from constructs_lib import InvalidArgument, PythonFunction, python_code
from constructs_lib.functions import dependencies
from constructs_lib.functions.dependencies import PackagingError
from constructs_lib.functions.target_platform import TargetPlatform
from tests.functions.packages import names, package

SOURCE_ONLY = "antlr4-python3-runtime==4.13.2\namazon-dax-client==2.1.0\nsix==1.17.0\n"
WHEEL = "amazon_dax_client-2.1.0.dist-info/WHEEL"
pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def dax(source: Path) -> Path:
    (source / "requirements.txt").write_text(SOURCE_ONLY)
    return source


def test_a_package_without_a_wheel_is_refused_unless_it_is_named(dax: Path) -> None:
    with pytest.raises(PackagingError, match=r"amazon-dax-client==2\.1\.0 has no usable wheels"):
        python_code(dax)
    with pytest.raises(PackagingError, match=r"amazon-dax-client==2\.1\.0 has no usable wheels"):
        python_code(dax, build_from_source=["antlr4-python3-runtime"])


def test_one_that_is_named_in_any_spelling_is_built_for_lambda(dax: Path) -> None:
    staged = package(dax, build_from_source=["Amazon_DAX.Client"])[0]
    assert {"amazondax/AmazonDaxClient.py", "antlr4/Lexer.py", "six.py", "index.py"} <= names(staged)


def test_it_is_the_same_on_another_machine_and_follows_setuptools(
    dax: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged, digest = package(dax, build_from_source=["amazon-dax-client"])
    assert "Generator: setuptools (80.9.0)\n" in (staged / WHEEL).read_text()
    with monkeypatch.context() as patched:
        built_with = "constructs_lib.functions.dependencies._BUILT_WITH"
        patched.setattr(built_with, ("setuptools==75.8.2", "wheel==0.45.1"))
        assert package(dax, build_from_source=["amazon-dax-client"])[1] != digest
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "new"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    assert package(dax, build_from_source=["amazon-dax-client"])[1] == digest


def test_what_is_not_python_alone_is_refused(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(*arguments: Any) -> None:
        metadata = arguments[2] / "compiled_thing-1.0.dist-info"
        metadata.mkdir()
        (metadata / "WHEEL").write_text("Root-Is-Purelib: false\nTag: cp314-cp314-linux_x86_64\n")

    monkeypatch.setattr(dependencies, "_install", install)
    (source / "requirements.txt").write_text("compiled-thing==1.0\n")
    rule = "build_from_source must name packages of Python alone: others need a wheel, got 'compiled-thing'"
    with pytest.raises(InvalidArgument, match=rule):
        python_code(source, build_from_source=["compiled-thing"])


def test_a_name_that_is_not_installed_is_refused(source: Path) -> None:
    (source / "requirements.txt").write_text("six==1.17.0\n")
    with pytest.raises(InvalidArgument, match="must name packages that are installed, got 'amazon-dax-client'"):
        python_code(source, build_from_source=["amazon-dax-client"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [("six", "build_from_source must be several names, got 'six'"), (["six"], "must come with a requirements.txt")],
)
def test_bad_input_is_refused(source: Path, arguments: Any, sentence: str) -> None:
    with pytest.raises(InvalidArgument, match=sentence):
        python_code(source, build_from_source=arguments)


def test_other_packages_keep_their_hashes(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source / "requirements.txt").write_text("six==1.17.0\n")
    platform = TargetPlatform("3.14", "aarch64-manylinux_2_28")
    before = dependencies.installed(source / "requirements.txt", platform)
    monkeypatch.setattr("constructs_lib.functions.dependencies._BUILT_WITH", ("setuptools==75.8.2",))
    assert dependencies.installed(source / "requirements.txt", platform) == before


def test_a_function_passes_the_names_on(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[Any] = []

    def code(*_: Any, **options: Any) -> Any:
        passed.append(options["build_from_source"])
        return python_code(source)

    monkeypatch.setattr("constructs_lib.functions.python_function.python_code", code)
    PythonFunction(Stack(App(), "Built"), "Reader", source=source, build_from_source=["amazon-dax-client"])
    assert passed == [["amazon-dax-client"]]
