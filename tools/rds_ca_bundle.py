"""Makes the client's CA bundle anew: ``python -m tools.rds_ca_bundle global-bundle.pem``.

The file is AWS's global bundle for RDS, to be downloaded as the page "Using SSL/TLS to encrypt a connection to a DB
instance or cluster" of the Amazon RDS User Guide tells. Amazon's own roots, which sign for RDS Proxy, come from
certifi.
"""

import re
import sys
import textwrap
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import certifi
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, NameOID, load_pem_x509_certificates

BUNDLE = Path(__file__).parents[1] / "constructs_lib" / "relational" / "client" / "rds-ca-bundle.pem"

AMAZON_ROOTS = {
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
}
"""Of Amazon Trust Services: they sign what AWS Certificate Manager issues, and RDS Proxy's certificates are such."""

HEADER = """\
# The authorities that sign the certificates of RDS Proxy (Amazon Trust Services) and of the databases of Amazon RDS.
# Made by tools/rds_ca_bundle.py from AWS's global bundle for RDS and from certifi, without what has expired.
# To refresh it: download AWS's global-bundle.pem as the page "Using SSL/TLS to encrypt a connection to a DB instance or
# cluster" of the Amazon RDS User Guide tells, and run: python -m tools.rds_ca_bundle global-bundle.pem
# Each Region has authorities of its own; one that is not listed is missed only by who connects to a database there
# directly, without a proxy:
{regions}
"""


def name_of(certificate: Certificate) -> str:
    """Return a certificate's common name."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def wanted(rds: Iterable[Certificate], public: Iterable[Certificate]) -> list[Certificate]:
    """Choose the roots that are valid today, Amazon's first, each once."""
    roots = {certificate for certificate in rds if certificate.issuer == certificate.subject}
    roots |= {certificate for certificate in public if is_amazon(certificate)}
    now = datetime.now(UTC)
    valid = [root for root in roots if root.not_valid_before_utc <= now < root.not_valid_after_utc]
    return sorted(valid, key=lambda root: (not is_amazon(root), name_of(root)))


def is_amazon(certificate: Certificate) -> bool:
    """Tell whether a certificate is one of Amazon Trust Services' roots."""
    return name_of(certificate) in AMAZON_ROOTS


def text(roots: Iterable[Certificate]) -> str:
    """Write certificates as PEM, each below its name."""
    blocks = [f"# {name_of(root)}\n{root.public_bytes(Encoding.PEM).decode()}" for root in roots]
    regions = sorted({found[0] for block in blocks if (found := re.search(r"[a-z]{2}-[a-z]+-\d", block))})
    # Never within a Region's name.
    listed = textwrap.fill(", ".join(regions), 120, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    return "\n".join([HEADER.format(regions=listed), *blocks])


def main() -> None:
    """Write the bundle."""
    rds = load_pem_x509_certificates(Path(sys.argv[1]).read_bytes())
    public = load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    BUNDLE.write_text(text(wanted(rds, public)))


if __name__ == "__main__":
    main()
