"""The CA bundle: genuine, complete, and good for years."""

import ssl
import warnings
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
from aws_cdk import aws_rds as rds
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from constructs_lib.relational.client.trust import ca_bundle
from tools.rds_ca_bundle import AMAZON_ROOTS, name_of, text, wanted

# Those with a bundle of their own in AWS's global one; one that opened later is in neither.
ZONES = {
    "af": ["south-1"],
    "ap": ["east-1", "northeast-1", "northeast-2", "northeast-3", "south-1", "south-2"],
    "ap-southeast": ["1", "2", "3", "4"],
    "ca": ["central-1"],
    "eu": ["central-1", "central-2", "north-1", "south-1", "south-2", "west-1", "west-2", "west-3"],
    "me": ["central-1", "south-1"],
    "sa": ["east-1"],
    "us": ["east-1", "east-2", "west-1", "west-2"],
}
REGIONS = [f"{zone}-{rest}" for zone, all_of_it in ZONES.items() for rest in all_of_it]


def load(path: str) -> list[x509.Certificate]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # certifi keeps some old authorities with odd serial numbers
        return x509.load_pem_x509_certificates(Path(path).read_bytes())


@pytest.fixture(autouse=True)
def no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)


@pytest.fixture
def bundle(no_other: None) -> list[x509.Certificate]:
    return load(ca_bundle())


def test_each_is_an_authority_of_amazon_that_signed_itself(bundle: list[x509.Certificate]) -> None:
    for certificate in bundle:
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        certificate.verify_directly_issued_by(certificate)
        assert name_of(certificate) in AMAZON_ROOTS or name_of(certificate).startswith("Amazon RDS ")


def test_none_is_twice_in_it(bundle: list[x509.Certificate]) -> None:
    assert max(Counter(each.fingerprint(hashes.SHA256()) for each in bundle).values()) == 1
    assert max(Counter(map(name_of, bundle)).values()) == 1


def test_none_expires_within_five_years(bundle: list[x509.Certificate]) -> None:
    first = min(bundle, key=lambda each: each.not_valid_after_utc)
    now = datetime.now(UTC)
    assert first.not_valid_after_utc > now + timedelta(days=5 * 365), f"{name_of(first)}: refresh the bundle"
    assert max(each.not_valid_before_utc for each in bundle) < now


def test_the_proxy_s_authorities_are_those_that_browsers_trust(bundle: list[x509.Certificate]) -> None:
    ours, browsers = (
        {each for each in all_ if name_of(each) in AMAZON_ROOTS} for all_ in (bundle, load(certifi.where()))
    )
    assert ours == browsers
    assert {name_of(each) for each in ours} == AMAZON_ROOTS


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_has_all_authorities_that_a_database_may_be_given(bundle: list[x509.Certificate], region: str) -> None:
    names = {f"Amazon RDS {region} Root CA {algorithm}" for algorithm in ("RSA2048 G1", "RSA4096 G1", "ECC384 G1")}
    assert names <= set(map(name_of, bundle))


def test_those_are_all_kinds_that_cdk_knows() -> None:
    known = {getattr(rds.CaCertificate, name).to_string() for name in dir(rds.CaCertificate) if name[:7] == "RDS_CA_"}
    kinds = {"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"}
    assert kinds <= known
    assert known - kinds <= {"rds-ca-2019"}  # which expired in 2024


def test_it_is_what_the_tool_makes_of_it(bundle: list[x509.Certificate]) -> None:
    assert text(wanted(bundle, bundle)) == Path(ca_bundle()).read_text()


def test_the_tool_takes_amazon_s_of_the_public_ones_only() -> None:
    assert set(map(name_of, wanted([], load(certifi.where())))) == AMAZON_ROOTS


def test_the_tool_leaves_out_what_has_expired_and_what_is_no_root() -> None:
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    root = certificate(key, "Root", "Root", now + timedelta(days=1))
    expired = certificate(key, "Expired", "Expired", now - timedelta(days=1))
    intermediate = certificate(key, "Intermediate", "Root", now + timedelta(days=1))
    assert wanted([root, expired, intermediate, root], []) == [root]


def certificate(key: ec.EllipticCurvePrivateKey, name: str, issuer: str, end: datetime) -> x509.Certificate:
    subject, signer = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, each)]) for each in (name, issuer))
    builder = x509.CertificateBuilder(signer, subject, key.public_key(), 1, end - timedelta(days=9), end)
    return builder.sign(key, hashes.SHA256())


def test_openssl_reads_it(bundle: list[x509.Certificate]) -> None:
    context = ssl.create_default_context(cafile=ca_bundle())
    assert context.cert_store_stats()["x509_ca"] == len(bundle)


def test_ssl_cert_file_replaces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/somewhere/ca.pem")
    assert ca_bundle() == "/somewhere/ca.pem"
    monkeypatch.setenv("SSL_CERT_FILE", "")
    assert ca_bundle().endswith("rds-ca-bundle.pem")
