"""APIs under names of their own, deployed with the real CDK CLI in two regions and called by those names.

The local AWS has no CloudFront and no name server: that a name answers at the edge, and is found, is left to AWS.
Names of private APIs it only records.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from constructs_lib.local import LocalAws
from tests.api.local_app import REGION
from tests.api.local_desk import cdk, deploy, outputs_of
from tests.api.local_names import EDGE, GIVEN, OWN, PRIVATE, SHARED, synthesize

pytestmark = pytest.mark.local_aws


@dataclass(frozen=True)
class Names:
    """The deployed app, and the certificate that it did not make."""

    aws: LocalAws
    imported: str

    def call(self, url: str) -> requests.Response:
        """Ask the API behind a name, as who has looked the name up."""
        name, _, path = url.partition("/")
        return self.get(f"{self.aws.endpoint_url}/{path}", {"Host": name})

    def get(self, url: str, headers: dict[str, str] | None = None) -> requests.Response:
        return requests.get(url, headers=headers, verify=self.aws.environment["AWS_CA_BUNDLE"], timeout=30)

    def described(self, name: str) -> Any:
        return self.aws.client("apigateway", REGION).get_domain_name(domainName=name)

    def certificates(self, region: str) -> set[str]:
        """The certificates in a region, but the imported one."""
        found = self.aws.client("acm", region).list_certificates()["CertificateSummaryList"]
        return {each["DomainName"] for each in found if each["CertificateArn"] != self.imported}

    def records(self, name: str) -> dict[str, str]:
        """Where a name's records lead to, by their kind."""
        route53 = self.aws.client("route53")
        return {
            record["Type"]: record["AliasTarget"]["DNSName"].rstrip(".")
            for zone in route53.list_hosted_zones()["HostedZones"]
            for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
            if record["Name"] == f"{name}." and "AliasTarget" in record
        }

    def left(self) -> list[str]:
        """The names that are known to API Gateway."""
        items = self.aws.client("apigateway", REGION).get_domain_names()["items"]
        return sorted(item["domainName"] for item in items)


@pytest.fixture(scope="module")
def names(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Names]:
    local_aws.bootstrap("us-east-1", REGION)
    acm = local_aws.client("acm", REGION)
    imported = acm.request_certificate(DomainName="*.example.com", ValidationMethod="DNS")["CertificateArn"]
    names = Names(local_aws, imported)
    assembly = synthesize(tmp_path_factory.mktemp("names"), imported=imported)
    deploy(local_aws, assembly)
    yield names
    cdk(local_aws, "destroy", assembly, "--force")
    assert names.certificates("us-east-1") == names.certificates(REGION) == set()
    assert names.left() == []
    acm.delete_certificate(CertificateArn=imported)


def test_a_name_leads_to_its_api(names: Names) -> None:
    assert names.call(f"{EDGE}/a/b").text == "Edge/a/b"
    assert names.call(f"{OWN}/a/b").text == "Own/a/b"
    assert names.call(f"{GIVEN}/a/b").text == "Offers/a/b"


def test_an_api_may_answer_under_its_name_only(names: Names) -> None:
    url = outputs_of(names.aws, "Names")["UrlOfOwn"]
    assert names.get(names.aws.local_url(url + "a/b")).status_code == 403


def test_apis_of_one_name_answer_under_their_paths(names: Names) -> None:
    assert names.call(f"{SHARED}/orders/7").text == "Orders/7"
    assert names.call(f"{SHARED}/stock/7").text == "Stock/7"
    assert names.call(f"{SHARED}/offers/v2/7").text == "Offers/7"
    assert not names.call(f"{SHARED}/7").ok


def test_a_name_is_found_by_both_kinds_of_address(names: Names) -> None:
    assert names.records(EDGE) == dict.fromkeys(("A", "AAAA"), names.described(EDGE)["distributionDomainName"])
    for name in (OWN, SHARED):
        assert names.records(name) == dict.fromkeys(("A", "AAAA"), names.described(name)["regionalDomainName"])


def test_a_certificate_is_where_its_endpoint_reads_it(names: Names) -> None:
    assert (names.certificates("us-east-1"), names.certificates(REGION)) == ({EDGE}, {OWN, GIVEN})
    edge, own, given, shared = (names.described(name) for name in (EDGE, OWN, GIVEN, SHARED))
    kinds = [name["endpointConfiguration"]["types"] for name in (edge, own, given, shared)]
    assert kinds == [["EDGE"], ["REGIONAL"], ["REGIONAL"], ["REGIONAL"]]
    assert edge["certificateArn"].startswith("arn:aws:acm:us-east-1:")
    for name in (own, given):
        assert name["regionalCertificateArn"].startswith(f"arn:aws:acm:{REGION}:")
    assert shared["regionalCertificateArn"] == names.imported


def test_a_private_api_answers_through_its_vpc_endpoint_only(names: Names) -> None:
    urls = outputs_of(names.aws, "PrivateNames")
    assert names.get(names.aws.local_url(urls["UrlThroughEndpoint"] + "a/b")).text == "Private/a/b"
    assert names.get(names.aws.local_url(urls["UrlWithout"] + "a/b")).status_code == 403


def test_a_private_name_leads_to_the_vpc_endpoint(names: Names) -> None:
    ((family, target),) = names.records(PRIVATE).items()
    assert (family, target.startswith(outputs_of(names.aws, "PrivateNames")["Endpoint"])) == ("A", True)


def test_a_replaced_certificate_reaches_its_name_and_then_the_name_can_go(names: Names, tmp_path: Path) -> None:
    """What an owner does over the years with the CLI alone: another zone, then no domain; so this test is the last."""
    edge, given = names.described(EDGE)["certificateArn"], names.described(GIVEN)["regionalCertificateArn"]
    deploy(names.aws, synthesize(tmp_path, imported=names.imported, change="other zone"))
    new_edge, new_given = names.described(EDGE)["certificateArn"], names.described(GIVEN)["regionalCertificateArn"]
    assert (new_edge != edge, new_given != given) == (True, True)
    assert names.aws.client("acm", "us-east-1").describe_certificate(CertificateArn=new_edge)["Certificate"]
    assert names.aws.client("acm", REGION).describe_certificate(CertificateArn=new_given)["Certificate"]

    deploy(names.aws, synthesize(tmp_path, imported=names.imported, change="no edge"))
    assert names.left() == [GIVEN, OWN, SHARED]
