"""The machine that a package is built for: Lambda's, or this one."""

import os
import sys
import sysconfig
from dataclasses import dataclass

from aws_cdk import aws_lambda as lambda_

from constructs_lib.arguments import require, require_one_of

_PACKAGE_FOR = "CONSTRUCTS_LIB_PACKAGE_FOR"


@dataclass(frozen=True, slots=True)
class TargetPlatform:
    """A Python version on a kind of machine."""

    python: str
    machine: str
    """As uv names it."""
    is_host: bool = False

    @classmethod
    def of(cls, runtime: lambda_.Runtime, architecture: lambda_.Architecture) -> "TargetPlatform":
        """Return Lambda's platform for a runtime and an architecture; this machine's if the environment asks for it.

        Raises:
            InvalidArgument: the runtime is not Python; or ``CONSTRUCTS_LIB_PACKAGE_FOR`` is set to anything but
                ``host``.
        """
        name = runtime.name
        require(name.startswith("python3."), "runtime", "be a Python runtime", name, "Lambda runtimes")
        if os.environ.get(_PACKAGE_FOR) is not None:
            require_one_of(_PACKAGE_FOR, os.environ[_PACKAGE_FOR], ["host"], "constructs_lib.functions.python_code")
            return cls("{}.{}".format(*sys.version_info), sysconfig.get_platform(), is_host=True)
        version = name.removeprefix("python")
        # Runtimes to Python 3.11 stand on Amazon Linux 2 with glibc 2.26, later ones on Amazon Linux 2023 with 2.34.
        glibc = "2_28" if int(version.partition(".")[2]) >= 12 else "2_17"
        processor = "aarch64" if architecture.name == "arm64" else "x86_64"
        return cls(version, f"{processor}-manylinux_{glibc}")

    @property
    def uv_arguments(self) -> list[str]:
        """What uv must be told to install for this platform."""
        if self.is_host:
            return []
        return ["--python-platform", self.machine, "--python-version", self.python]
