"""modules=: what a function shares with others is packaged under its own name, as source, or refused."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_

from constructs_lib import InvalidArgument, PythonFunction, python_code
from constructs_lib.functions.modules import add_modules
from tests.functions.packages import key_of, names, package

pytestmark = pytest.mark.usefixtures("cache")

FILES = {
    "shop/__init__.py": "",
    "shop/prices.py": "VAT = 19\n",
    "shop/orders/__init__.py": "from shop.prices import VAT\n",
    "shop/orders/form.sql": "SELECT 1\n",
    "shop/orders/tests/test_orders.py": "",
    "shop/orders/__pycache__/form.pyc": "",
    "shop/broken.py": "raise SystemExit('imported')\n",
    "lonely.py": "",
    "company/shop/tax.py": "",
    f"quick{EXTENSION_SUFFIXES[0]}": "",
}


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on Python's path with the modules above."""
    folder = tmp_path / "environment"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    forget("shop", "company")


def forget(*packages: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("modules", "packaged"),
    [
        (["lonely"], {"lonely.py"}),
        (["shop.prices"], {"shop/__init__.py", "shop/prices.py"}),
        (
            ["shop.orders"],
            {
                "shop/__init__.py",
                "shop/orders/__init__.py",
                "shop/orders/form.sql",
                "shop/orders/tests/test_orders.py",
            },
        ),
        (["company.shop.tax"], {"company/shop/tax.py"}),
        (["company"], {"company/shop/tax.py"}),
        (["shop.broken"], {"shop/__init__.py", "shop/broken.py"}),
        (["shop.prices", "lonely", "shop.prices"], {"shop/__init__.py", "shop/prices.py", "lonely.py"}),
    ],
    ids=lambda names: " ".join(sorted(names)),
)
def test_a_module_comes_with_its_files_and_its_parents(source: Path, modules: list[str], packaged: set[str]) -> None:
    assert names(package(source, modules=modules)[0]) == {"index.py", *packaged}


def test_what_is_excluded_stays_out_of_modules_too(source: Path) -> None:
    packaged = names(package(source, modules=["shop.orders"], exclude=["tests", "*.sql"])[0])
    assert packaged == {"index.py", "shop/__init__.py", "shop/orders/__init__.py"}


def test_nothing_of_a_module_is_run(source: Path) -> None:
    python_code(source, modules=["shop.broken", "shop.orders"])
    assert not {"shop.broken", "shop.orders", "shop.prices"} & set(sys.modules)


def test_the_function_imports_it_by_its_name(source: Path) -> None:
    staged, _ = package(source, modules=["shop.orders", "shop.prices"])
    script = f"import sys; sys.path.insert(0, {str(staged)!r}); from shop import orders; print(orders.VAT)"
    done = subprocess.run([sys.executable, "-ISc", script], capture_output=True, text=True, check=True)
    assert done.stdout == "19\n"


def test_the_hash_follows_a_module_s_contents_and_not_its_place(
    source: Path, environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = package(source)[1]
    first = package(source, modules=["shop.prices"])[1]
    (environment / "shop").rename(tmp_path / "shop")
    monkeypatch.syspath_prepend(str(tmp_path))
    forget("shop")
    assert package(source, modules=("shop.prices",))[1] == first
    (tmp_path / "shop" / "prices.py").write_text("VAT = 7\n")
    assert len({alone, first, package(source, modules=["shop.prices"])[1]}) == 3


def test_a_module_wins_over_a_dependency(source: Path, environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (source / "requirements.txt").write_text("typing-extensions==4.16.0\n")
    (environment / "typing_extensions.py").write_text("mine = True\n")
    monkeypatch.delitem(sys.modules, "typing_extensions", raising=False)
    staged = package(source, modules=["typing_extensions"])[0]
    assert (staged / "typing_extensions.py").read_text() == "mine = True\n"


@pytest.mark.parametrize(
    ("module", "rule"),
    [
        ("nowhere", r"name modules that can be imported where the app runs, got 'nowhere'"),
        ("shop.nowhere", r"name modules that can be imported where the app runs, got 'shop\.nowhere'"),
        ("lonely.part", r"name modules that can be imported"),
        ("shop/prices.py", r"name modules that can be imported"),
        (".prices", r"name modules that can be imported"),
        ("", r"name modules that can be imported"),
        ("sys", r"not name what Lambda's Python has itself, got 'sys'"),
        ("zipimport", r"not name what Lambda's Python has itself"),
        ("json.decoder", r"not name what Lambda's Python has itself"),
        ("quick", r"be Python source, got 'quick: quick\.cpython"),
        ("psycopg_binary", r"be Python source, got 'psycopg_binary: .*\.so'"),
    ],
)
def test_what_cannot_be_packaged_is_refused(source: Path, module: str, rule: str) -> None:
    with pytest.raises(InvalidArgument, match=rf"^modules must {rule}"):
        python_code(source, modules=[module])


@pytest.mark.parametrize("name", ["fast.so", "fast.pyd", "fast.dylib"])
def test_what_was_built_for_this_machine_is_refused(source: Path, environment: Path, name: str) -> None:
    (environment / "shop" / "orders" / name).write_text("")
    with pytest.raises(InvalidArgument, match=rf"^modules must be Python source, got 'shop\.orders: {name}'"):
        python_code(source, modules=["shop.orders"])


def test_one_string_is_refused(source: Path) -> None:
    with pytest.raises(InvalidArgument, match="modules must be several names, not a string, got 'lonely'"):
        python_code(source, modules="lonely")


def test_a_broken_link_is_refused(source: Path, environment: Path) -> None:
    (environment / "shop" / "orders" / "lost.py").symlink_to("nowhere.py")
    with pytest.raises(InvalidArgument, match=r"modules must be Python source, got 'shop\.orders: lost\.py'"):
        python_code(source, modules=["shop.orders"])


@pytest.mark.parametrize("name", ["shop/__init__.py", "shop/prices.py"])
def test_a_file_that_the_source_has_too_is_refused(source: Path, name: str) -> None:
    (source / "shop").mkdir()
    (source / name).write_text("mine = True\n")
    with pytest.raises(InvalidArgument, match=rf"modules must not bring what the source has too: {name}, got "):
        python_code(source, modules=["shop.prices"])


def test_modules_count_in_the_size(source: Path, environment: Path) -> None:
    with (environment / "shop" / "model.bin").open("wb") as file:
        file.truncate(262_144_001)
    with pytest.raises(InvalidArgument, match=r"the unzipped package of .*/source must be 0 to 262144000 bytes"):
        python_code(source, modules=["shop"])


def test_a_function_takes_them(source: Path) -> None:
    app = App()
    PythonFunction(Stack(app, "Stack"), "Submit", source=source, modules=["shop.prices"])
    expected = python_code(source, modules=["shop.prices"])
    assert isinstance(expected, lambda_.AssetCode)
    assert key_of(expected) in json.dumps(app.synth().get_stack_by_name("Stack").template)


@pytest.mark.parametrize("name", [7, None, ["shared"]])
def test_a_name_is_text(name: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="modules must be a str, got"):
        add_modules([name], tmp_path, lambda _folder, _names: set())
