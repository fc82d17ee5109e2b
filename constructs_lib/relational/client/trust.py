"""Whom a connection trusts: the authorities that sign for RDS and for RDS Proxy."""

import os
from pathlib import Path

_BUNDLE = Path(__file__).with_name("rds-ca-bundle.pem")


def ca_bundle() -> str:
    """Return the path of a PEM file with the authorities whose certificates a database or a proxy may show.

    By default those of Amazon RDS in all Regions but the newest (its header lists them) and of Amazon Trust Services,
    which sign for RDS Proxy. ``SSL_CERT_FILE``, where the environment has it, replaces them all: the local AWS sets it,
    and so may you, for AWS GovCloud, China or a Region that is newer than this release.

    Sources: Using SSL/TLS to encrypt a connection to a DB instance or cluster; Using TLS/SSL with RDS Proxy (Amazon RDS
    User Guide).
    """
    return os.environ.get("SSL_CERT_FILE") or str(_BUNDLE)
