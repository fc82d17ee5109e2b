"""python_code: what is packaged, for which machine, and a clear refusal of what cannot be."""

import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import aws_lambda as lambda_

from constructs_lib import InvalidArgument, python_code
from constructs_lib.functions.dependencies import PackagingError
from tests.functions.packages import HANDLER, REQUIREMENTS, names, package


@pytest.mark.usefixtures("cache")
class TestContents:
    def test_hidden_and_compiled_files_stay_behind(self, source: Path) -> None:
        for name in (
            ".env",
            ".venv/bin/python",
            "__pycache__/index.pyc",
            "api/__pycache__/x.pyc",
            "x.egg-info/PKG-INFO",
        ):
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
        (source / "api" / "submit.py").write_text(HANDLER)
        assert names(package(source)[0]) == {"index.py", "api/submit.py"}

    def test_more_is_left_out_when_asked_for(self, source: Path) -> None:
        (source / "tests").mkdir()
        (source / "tests" / "test_index.py").write_text("")
        assert names(package(source)[0]) == {"index.py", "tests/test_index.py"}
        assert names(package(source, exclude=["tests"])[0]) == {"index.py"}

    def test_a_relative_source_is_looked_up_from_the_current_folder(
        self, source: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(source.parent)
        assert names(package(Path("source"))[0]) == {"index.py"}

    def test_links_are_followed(self, source: Path, tmp_path: Path) -> None:
        shared = tmp_path / "shared.py"
        shared.write_text("x = 1\n")
        (source / "shared.py").symlink_to(shared)
        staged = package(source)[0] / "shared.py"
        assert staged.read_text() == "x = 1\n"
        assert not staged.is_symlink()

    def test_a_file_of_the_source_wins_over_a_dependency_and_leaves_the_cache_alone(self, source: Path) -> None:
        (source / "requirements.txt").write_text("typing-extensions==4.16.0\n")
        original = (package(source)[0] / "typing_extensions.py").read_text()
        (source / "typing_extensions.py").write_text("mine = True\n")
        assert (package(source)[0] / "typing_extensions.py").read_text() == "mine = True\n"
        (source / "typing_extensions.py").unlink()
        assert (package(source)[0] / "typing_extensions.py").read_text() == original


@pytest.mark.usefixtures("cache")
class TestTarget:
    @pytest.mark.parametrize(
        ("architecture", "machine"),
        [(lambda_.Architecture.ARM_64, "aarch64"), (lambda_.Architecture.X86_64, "x86_64"), (None, "aarch64")],
    )
    def test_it_is_built_for_lambda_s_machine(
        self, source: Path, architecture: lambda_.Architecture | None, machine: str
    ) -> None:
        (source / "requirements.txt").write_text(REQUIREMENTS)
        compiled = {name for name in names(package(source, architecture=architecture)[0]) if name.endswith(".so")}
        assert any(f"cpython-314-{machine}-linux-gnu.so" in name for name in compiled)

    def test_it_is_built_for_the_runtime_s_python(self, source: Path) -> None:
        (source / "requirements.txt").write_text(REQUIREMENTS)
        staged = package(source, runtime=lambda_.Runtime.PYTHON_3_13)[0]
        assert any("cpython-313-aarch64" in name for name in names(staged))

    def test_an_older_runtime_has_an_older_glibc(self, source: Path) -> None:
        (source / "requirements.txt").write_text("psycopg-binary==3.3.9\n")
        with pytest.raises(PackagingError, match=r"no wheels with a matching platform tag .*manylinux_2_17_aarch64"):
            python_code(source, runtime=lambda_.Runtime.PYTHON_3_11)

    def test_the_host_is_built_for_on_demand_only(self, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (source / "requirements.txt").write_text(REQUIREMENTS)
        for_lambda = package(source)[1]
        monkeypatch.setenv("CONSTRUCTS_LIB_PACKAGE_FOR", "host")
        staged, for_host = package(source)
        module = "import markupsafe._speedups"
        imported = subprocess.run(
            [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, '.'); {module}"], cwd=staged
        )
        assert imported.returncode == 0
        assert for_host != for_lambda
        monkeypatch.delenv("CONSTRUCTS_LIB_PACKAGE_FOR")
        assert package(source)[1] == for_lambda

    @pytest.mark.parametrize("value", ["", "lambda", "HOST"])
    def test_another_word_than_host_is_refused(self, source: Path, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CONSTRUCTS_LIB_PACKAGE_FOR", value)
        with pytest.raises(InvalidArgument, match="CONSTRUCTS_LIB_PACKAGE_FOR must be one of 'host'"):
            python_code(source)

    def test_a_runtime_that_is_not_python_is_refused(self, source: Path) -> None:
        with pytest.raises(InvalidArgument, match=r"runtime must be a Python runtime, got 'nodejs22\.x'"):
            python_code(source, runtime=lambda_.Runtime.NODEJS_22_X)


@pytest.mark.usefixtures("cache")
class TestRefusals:
    def test_a_source_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidArgument, match=r"source must be a folder, got '.*/nowhere'"):
            python_code(tmp_path / "nowhere")

    def test_a_source_that_is_a_file(self, source: Path) -> None:
        with pytest.raises(InvalidArgument, match="source must be a folder"):
            python_code(source / "index.py")

    def test_an_empty_source(self, source: Path) -> None:
        (source / "index.py").unlink()
        with pytest.raises(InvalidArgument, match="source must hold at least one file"):
            python_code(source)

    def test_a_broken_link(self, source: Path) -> None:
        (source / "lost.py").symlink_to("nowhere.py")
        with pytest.raises(InvalidArgument, match=r"source must hold files that can be read, got .*lost\.py: "):
            python_code(source)

    @pytest.mark.parametrize(
        "line", ["-e .", "--editable ../lib", "./lib", "../lib", "/lib", "lib @ file:///lib", "lib.whl"]
    )
    def test_local_packages(self, source: Path, line: str) -> None:
        (source / "requirements.txt").write_text(f"# all pinned\n{line}\n")
        with pytest.raises(
            InvalidArgument, match=r"requirements\.txt must name published packages only, got "
        ) as refused:
            python_code(source)
        assert refused.value.value == line

    def test_a_package_above_250_megabytes(self, source: Path) -> None:
        with (source / "model.bin").open("wb") as file:
            file.truncate(262_144_001 - len(HANDLER))
        rule = r"the unzipped package of .*/source must be 0 to 262144000 bytes, got 262144001 \(Lambda quotas\)"
        with pytest.raises(InvalidArgument, match=rule):
            python_code(source)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("no-such-package-of-constructs-lib==1.0", "was not found in the package registry"),
            ("psycopg2==2.9.10", "has no usable wheels"),
            ("psycopg=1", 'no such comparison operator "="'),
        ],
    )
    def test_what_uv_cannot_install(self, source: Path, line: str, reason: str) -> None:
        (source / "requirements.txt").write_text(f"{line}\n")
        with pytest.raises(PackagingError) as refused:
            python_code(source)
        message = str(refused.value)
        assert message.startswith(
            f"cannot install {source}/requirements.txt for Python 3.14 on aarch64-manylinux_2_28: "
        )
        assert reason in message
        assert "\n" not in message
        assert refused.value.__cause__ is None

    def test_no_network(self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
        monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        (source / "requirements.txt").write_text("jmespath==1.0.1\n")
        with pytest.raises(PackagingError, match="Connection refused"):
            python_code(source)

    def test_a_failure_leaves_nothing_behind(self, source: Path, cache: Path) -> None:
        (source / "requirements.txt").write_text("psycopg=1\n")
        with pytest.raises(PackagingError):
            python_code(source)
        assert not list(cache.iterdir())
