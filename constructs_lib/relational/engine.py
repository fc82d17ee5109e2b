"""Which database it is: plain data."""

import re
from dataclasses import dataclass

from aws_cdk import aws_rds as rds

from constructs_lib.arguments import require, require_within
from constructs_lib.quotas import AURORA_CAPACITY, AURORA_MAX_CAPACITY, AURORA_READERS

_VERSION = re.compile(r"(\d+)\.(\d+)")

# The first minor versions whose Serverless v2 clusters have the Data API; majors from 17 on have it in all of them.
_DATA_API_SINCE = {13: 11, 14: 8, 15: 3, 16: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseEngine:
    """An engine, its version and its size. Make one with `aurora_postgres`."""

    name: str
    """As RDS calls it."""
    version: str
    port: int
    """The engine's default port, where RDS Proxy always listens."""
    min_acu: float
    max_acu: float
    readers: int

    @classmethod
    def aurora_postgres(
        cls, version: str, *, min_acu: float = 0.5, max_acu: float = 4, readers: int = 0
    ) -> "DatabaseEngine":
        """Aurora PostgreSQL, Serverless v2: a writer and perhaps readers, which grow and shrink with the load.

        An Aurora capacity unit (ACU) is about 2 GiB of memory. Each instance costs about 0.12 US$ an ACU and hour, so
        88 US$ a month for each ACU that it stands at; the defaults cost 44 US$ a month when idle.

        Args:
            version: major and minor version, such as ``17.9``, as aws-cdk-lib knows them; the Data API must exist in it
                (13.11, 14.8, 15.3, 16.1 and later).
            min_acu: 0 to 256 in steps of 0.5. With 0, Aurora pauses what nobody is connected to; RDS Proxy stays
                connected, so behind one it does not pause.
            max_acu: 1 to 256 in steps of 0.5.
            readers: 0 to 15 further instances; the first one takes over when the writer fails.

        Raises:
            InvalidArgument: a version or a size that Aurora does not have.
        """
        _check_version(version)
        require_within("min_acu", min_acu, AURORA_CAPACITY)
        require_within("max_acu", max_acu, AURORA_MAX_CAPACITY)
        require(max_acu >= min_acu, "max_acu", f"be at least min_acu ({min_acu:g})", max_acu, AURORA_CAPACITY.source)
        for name, value in (("min_acu", min_acu), ("max_acu", max_acu)):
            require(value * 2 % 1 == 0, name, "be a multiple of 0.5 ACUs", value, AURORA_CAPACITY.source)
        require_within("readers", readers, AURORA_READERS)
        return cls(
            name="aurora-postgresql", version=version, port=5432, min_acu=min_acu, max_acu=max_acu, readers=readers
        )


def _check_version(version: str) -> None:
    form = _VERSION.fullmatch(version)
    known = form and f"VER_{form[1]}_{form[2]}" in vars(rds.AuroraPostgresEngineVersion)
    require(known, "version", "be a version of Aurora PostgreSQL that aws-cdk-lib knows", version, "Aurora versions")
    if form:
        major, minor = int(form[1]), int(form[2])
        has_data_api = major > max(_DATA_API_SINCE) or minor >= _DATA_API_SINCE.get(major, minor + 1)
        rule = "have the Data API, which makes the database users (13.11, 14.8, 15.3, 16.1 and later have)"
        require(has_data_api, "version", rule, version, "Data API with Aurora PostgreSQL Serverless v2 and provisioned")
