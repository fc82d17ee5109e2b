"""TLS: a certificate that is trusted and names the cluster, or nothing is sent."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.local.certificates import CertificateAuthority
from tests.items.client.conftest import AMPLE_MS, read
from tests.items.client.fake_dax import FakeDax
from tests.items.client.fake_table import FakeTable

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path / "authority")


@pytest.fixture
def dax(authority: CertificateAuthority) -> Iterator[FakeDax]:
    certificate, key = authority.issue("127.0.0.9")  # and localhost
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    fake = FakeDax(tls=tls)
    yield fake
    fake.stop()


def test_a_trusted_certificate_of_the_name_is_taken(
    authority: CertificateAuthority,
    dax: FakeDax,
    table: FakeTable,
    connect: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate_path))
    assert read(connect(dax.endpoint, budget_ms=AMPLE_MS))[0] == "dax"


def test_one_of_a_stranger_s_authority_is_not(
    dax: FakeDax, table: FakeTable, connect: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CertificateAuthority(tmp_path / "other").certificate_path))
    assert read(connect(dax.endpoint, budget_ms=AMPLE_MS))[0] == "table"
    assert dax.asked == []


def test_one_of_another_name_is_not(
    authority: CertificateAuthority,
    dax: FakeDax,
    table: FakeTable,
    connect: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate_path))
    assert read(connect(f"daxs://127.0.0.1:{dax.port}", budget_ms=AMPLE_MS))[0] == "table"
    assert dax.asked == []


def test_a_cluster_without_tls_is_not(dax: FakeDax, table: FakeTable, connect: Callable[..., Any]) -> None:
    dax.tls = None
    assert read(connect(f"daxs://localhost:{dax.port}"))[0] == "table"
    assert dax.asked == []
