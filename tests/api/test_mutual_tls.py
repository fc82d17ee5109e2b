"""Mutual TLS: which names may ask clients for a certificate, and whose the name must be proven to be."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_acmpca as acmpca
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_s3 as s3

from constructs_lib import ApiDomain, InvalidArgument
from constructs_lib.testing import template_of
from tests.api.domains import DOMAIN, api, certificate_in, stack_in, templates, zone_for
from tests.statements import only

AUTHORITY = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/0123-abcd"


def truststore(stack: Stack, version: str | None = "7") -> apigateway.MTLSConfig:
    bucket = s3.Bucket.from_bucket_name(stack, "Truststores", "truststores")
    return apigateway.MTLSConfig(bucket=bucket, key="desk/ca.pem", version=version)


def of_private_authority(stack: Stack) -> acm.ICertificate:
    authority = acmpca.CertificateAuthority.from_certificate_authority_arn(stack, "Authority", AUTHORITY)
    return acm.PrivateCertificate(
        stack, "PrivateCertificate", domain_name="api.example.com", certificate_authority=authority
    )


def test_clients_must_descend_from_one_version_of_the_truststore() -> None:
    stack = stack_in(App(), "eu-west-1")
    api(stack, ApiDomain("api.example.com", zone=zone_for(stack), mutual_tls=truststore(stack)))
    name = only(template_of(stack), DOMAIN)
    assert name["MutualTlsAuthentication"] == {
        "TruststoreUri": "s3://truststores/desk/ca.pem",
        "TruststoreVersion": "7",
    }
    assert name["SecurityPolicy"] == "TLS_1_2"
    assert "OwnershipVerificationCertificateArn" not in name


def test_no_name_asks_for_certificates_unless_told_to() -> None:
    stack = stack_in(App(), "eu-west-1")
    api(stack, ApiDomain("api.example.com", zone=zone_for(stack)))
    assert "MutualTlsAuthentication" not in only(template_of(stack), DOMAIN)


@pytest.mark.parametrize("endpoint", ["edge", "private"])
def test_only_regional_names_ask_clients_for_certificates(endpoint: Any) -> None:
    stack = Stack(App(), "Desk")
    with pytest.raises(InvalidArgument, match=f"mutual_tls must be left out when endpoint is {endpoint}: only"):
        ApiDomain("api.example.com", zone=zone_for(stack), endpoint=endpoint, mutual_tls=truststore(stack))


def test_a_truststore_is_said_in_the_cdks_words() -> None:
    with pytest.raises(InvalidArgument, match="mutual_tls must be a MTLSConfig"):
        ApiDomain("api.example.com", zone=zone_for(Stack(App(), "Desk")), mutual_tls="s3://trust")  # type: ignore[arg-type]


def test_an_enhanced_policy_excludes_it() -> None:
    stack = Stack(App(), "Desk")
    with pytest.raises(InvalidArgument, match="mutual_tls must be left out with an enhanced security policy"):
        ApiDomain(
            "api.example.com",
            zone=zone_for(stack),
            mutual_tls=truststore(stack),
            security_policy=apigateway.SecurityPolicy.TLS13_1_3_2025_09,
            endpoint_access_mode=apigateway.EndpointAccessMode.STRICT,
        )


@pytest.mark.parametrize("version", [None, ""])
def test_a_truststore_of_no_certain_version_is_refused(version: str | None) -> None:
    stack = Stack(App(), "Desk")
    with pytest.raises(InvalidArgument, match=r"mutual_tls must name the version of its object: .*, got 'desk/ca.pem'"):
        ApiDomain("api.example.com", zone=zone_for(stack), mutual_tls=truststore(stack, version))


@pytest.mark.parametrize("is_imported", [True, False])
def test_a_second_certificate_proves_the_name(is_imported: bool) -> None:
    app = App()
    stack = stack_in(app, "eu-west-1")
    public = acm.Certificate(stack_in(app, "eu-west-1", "Proofs"), "Proof", domain_name="api.example.com")
    domain = ApiDomain(
        "api.example.com",
        certificate=certificate_in(stack, "eu-west-1") if is_imported else of_private_authority(stack),
        mutual_tls=truststore(stack),
        ownership_certificate=public,
    )
    api(stack, domain)
    name = only(templates(app)["Desk"], DOMAIN)
    assert name["OwnershipVerificationCertificateArn"]["Fn::GetStackOutput"]["StackName"] == "Proofs"
    assert name["RegionalCertificateArn"] != name["OwnershipVerificationCertificateArn"]
    # What replaces the certificate changes the name that reads it.
    assert [tag["Key"] for tag in name["Tags"]] == ["constructs-lib:ownership-certificate"]


def test_a_certificate_of_a_private_authority_alone_is_refused() -> None:
    stack = stack_in(App(), "eu-west-1")
    private = of_private_authority(stack)
    with pytest.raises(InvalidArgument, match="ownership_certificate must be given beside mutual_tls and a certificat"):
        api(stack, ApiDomain("api.example.com", certificate=private, mutual_tls=truststore(stack)))
    # Without mutual TLS it needs no proof.
    api(stack, ApiDomain("api.example.com", certificate=private))


def test_a_public_certificate_of_acm_is_proof_enough() -> None:
    stack = stack_in(App(), "eu-west-1")
    public = acm.Certificate(stack, "Public", domain_name="api.example.com")
    api(stack, ApiDomain("api.example.com", certificate=public, mutual_tls=truststore(stack)))
    assert "OwnershipVerificationCertificateArn" not in only(template_of(stack), DOMAIN)


def test_the_proof_is_a_certificate_for_the_name_in_the_region_of_the_api() -> None:
    stack = stack_in(App(), "eu-west-1")
    for wrong, sentence in (
        (certificate_in(stack, "us-east-1", "Far"), "be in eu-west-1, where the regional endpoint"),
        (acm.Certificate(stack, "Other", domain_name="www.example.com"), "be one for api.example.com"),
    ):
        domain = ApiDomain(
            "api.example.com",
            certificate=certificate_in(stack, "eu-west-1", f"For{wrong.node.id}"),
            mutual_tls=truststore(Stack(App(), "Trust")),
            ownership_certificate=wrong,
        )
        with pytest.raises(InvalidArgument, match=f"ownership_certificate must {sentence}"):
            api(stack, domain)


@pytest.mark.parametrize(("has_mutual_tls", "has_certificate"), [(False, True), (True, False)])
def test_a_proof_that_nothing_asks_for_is_refused(has_mutual_tls: bool, has_certificate: bool) -> None:
    stack = Stack(App(), "Desk")
    with pytest.raises(InvalidArgument, match="ownership_certificate must be left out unless mutual_tls and certific"):
        ApiDomain(
            "api.example.com",
            zone=zone_for(stack),
            certificate=certificate_in(stack, "eu-west-1") if has_certificate else None,
            mutual_tls=truststore(stack) if has_mutual_tls else None,
            ownership_certificate=certificate_in(stack, "eu-west-1", "Proof"),
        )
