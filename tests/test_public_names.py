"""The names that users import are a contract."""

import subprocess
import sys

import pytest

import constructs_lib


@pytest.mark.parametrize("name", constructs_lib.__all__)
def test_each_name_loads(name: str) -> None:
    assert getattr(constructs_lib, name).__module__.startswith("constructs_lib.")


def test_importing_the_package_imports_neither_cdk_nor_a_pattern() -> None:
    script = "import sys, constructs_lib; print([m for m in sys.modules if m.startswith(('aws_cdk', 'jsii'))])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["constructs_lib.testing.plugin", "constructs_lib.local", "constructs_lib.__main__"])
def test_what_every_pytest_and_every_command_loads_does_not_start_node(name: str) -> None:
    script = f"import sys, {name}; print([m for m in sys.modules if m.startswith(('aws_cdk', 'jsii', 'boto'))])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_construct_does_not_load_the_rule_packs() -> None:
    script = "import sys, constructs_lib; constructs_lib.ProtectedApi; print('cdk_nag' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        constructs_lib.Nothing  # noqa: B018


def test_completion_offers_the_public_names() -> None:
    assert dir(constructs_lib) == constructs_lib.__all__
