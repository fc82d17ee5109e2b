"""python_code: the same bytes and the same hash everywhere, built once."""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets

from constructs_lib import python_code
from constructs_lib.functions.dependencies import installed
from constructs_lib.functions.target_platform import TargetPlatform
from tests.functions.packages import HANDLER, REQUIREMENTS, files, key_of, names, package


class TestDeterminism:
    def test_checkout_umask_time_and_cache_change_neither_bytes_nor_hash(
        self, source: Path, cache: Path, tmp_path: Path
    ) -> None:
        (source / "requirements.txt").write_text(REQUIREMENTS + "jmespath==1.1.0\n")
        here, digest = package(source)
        before = {path.relative_to(here): (path.read_bytes(), path.stat().st_mode) for path in files(here)}

        elsewhere = tmp_path / "another" / "checkout"
        shutil.copytree(source, elsewhere)
        (elsewhere / "index.py").chmod(0o600)
        os.utime(elsewhere / "index.py", (0, 0))
        shutil.rmtree(cache)
        umask = os.umask(0o077)
        try:
            there, again = package(elsewhere)
        finally:
            os.umask(umask)
        assert again == digest
        assert {path.relative_to(there): (path.read_bytes(), path.stat().st_mode) for path in files(there)} == before

    def test_nothing_of_this_machine_is_packaged(self, source: Path, cache: Path) -> None:
        # jmespath brings a script, which starts with the path of this machine's Python.
        (source / "requirements.txt").write_text(REQUIREMENTS + "jmespath==1.1.0\n")
        staged = package(source)[0]
        assert not {name for name in names(staged) if name.startswith("bin/") or name.endswith((".pyc", ".lock"))}
        written = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
        assert not {Path(name).name for name in names(staged)} & written
        assert any(name.endswith(".dist-info/METADATA") for name in names(staged))
        for word in (str(source), str(cache), sys.executable):
            assert not [path for path in files(staged) if word.encode() in path.read_bytes()]

    def test_every_file_may_be_read_and_run_by_lambda_s_user(self, source: Path, cache: Path) -> None:
        (source / "index.py").chmod(0o600)
        assert {path.stat().st_mode & 0o777 for path in files(package(source)[0])} == {0o755}

    def test_the_hash_follows_contents_and_names(self, source: Path, cache: Path) -> None:
        seen = {package(source)[1]}
        (source / "index.py").write_text(HANDLER.replace("\n", "\r\n"))  # which CDK's own fingerprint would not see
        seen.add(package(source)[1])
        (source / "index.py").write_text(HANDLER.replace("ok", "no"))
        seen.add(package(source)[1])
        (source / "index.py").rename(source / "other.py")
        seen.add(package(source)[1])
        assert len(seen) == 4

    def test_the_asset_s_hash_is_the_package_s(self, source: Path, cache: Path) -> None:
        """Two apps, two processes' worth of CDK caches, and no path in between."""
        hashes = set()
        for name in ("One", "Two"):
            staged, digest = package(source)
            asset = s3_assets.Asset(Stack(App(), name), "Code", path=str(staged), asset_hash=digest)
            bound = python_code(source)
            assert isinstance(bound, lambda_.AssetCode)
            hashes |= {asset.asset_hash, key_of(bound)}
        assert len(hashes) == 1

    def test_the_package_stands_outside_of_the_source_and_of_cdk_out(self, source: Path, cache: Path) -> None:
        assert package(source)[0].parent == cache


class TestCache:
    def test_what_was_installed_once_needs_no_network(
        self, source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (source / "requirements.txt").write_text(REQUIREMENTS)
        first = package(source)[1]
        monkeypatch.setattr(subprocess, "run", forbidden)
        (source / "index.py").write_text(HANDLER + "# changed\n")
        assert package(source)[1] != first

    def test_included_files_count(self, source: Path, cache: Path) -> None:
        (source / "requirements.txt").write_text("-r pinned.txt\n--constraint=limits.txt\n")
        (source / "limits.txt").write_text("")
        (source / "pinned.txt").write_text("typing-extensions==4.15.0\n")
        assert "typing_extensions-4.15.0.dist-info/METADATA" in names(package(source)[0])
        (source / "pinned.txt").write_text("typing-extensions==4.16.0\n")
        assert "typing_extensions-4.16.0.dist-info/METADATA" in names(package(source)[0])

    def test_synths_at_once_agree(self, source: Path, cache: Path) -> None:
        requirements = source / "requirements.txt"
        requirements.write_text("typing-extensions==4.16.0\n")
        platform = TargetPlatform("3.14", "aarch64-manylinux_2_28")
        with ThreadPoolExecutor(4) as pool:
            results = set(pool.map(lambda _: installed(requirements, platform), range(4)))
        assert len(results) == 1
        assert list(cache.iterdir()) == list(results)

    def test_what_was_not_used_for_a_month_goes(self, source: Path, cache: Path) -> None:
        old = package(source)[0]
        (source / "index.py").write_text(HANDLER + "# kept in use\n")
        used = package(source)[0]
        month = time.time() - 31 * 24 * 3600
        os.utime(old, (month, month))
        os.utime(used, (month, month))
        assert package(source)[0] == used
        (source / "index.py").write_text(HANDLER + "# new\n")
        package(source)
        assert used.is_dir()
        assert not old.exists()

    def test_what_is_used_stays(self, source: Path, cache: Path) -> None:
        requirements = source / "requirements.txt"
        requirements.write_text("jmespath==1.1.0\n")
        platform = TargetPlatform("3.14", "aarch64-manylinux_2_28")
        dependencies = installed(requirements, platform)
        month = time.time() - 31 * 24 * 3600
        os.utime(dependencies, (month, month))
        assert installed(requirements, platform) == dependencies
        requirements.write_text("jmespath==1.0.1\n")
        installed(requirements, platform)
        assert dependencies.is_dir()

    def test_without_xdg_the_home_folder_holds_it(
        self, source: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert package(source)[0].parent == tmp_path / ".cache" / "constructs-lib"


def forbidden(*_: Any, **__: Any) -> None:
    raise AssertionError("nothing may be installed again")
