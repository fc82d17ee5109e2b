"""Which database it is: plain data."""

import re
from dataclasses import dataclass
from typing import Literal

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.quotas import (
    AURORA_CAPACITY,
    AURORA_MAX_CAPACITY,
    AURORA_READERS,
    RDS_STORAGE,
    RDS_STORAGE_GROWTH,
)
from constructs_lib.relational.versions import (
    AUTO_PAUSE,
    DATA_API,
    INVOKES_LAMBDA,
    SUPPORT,
    require_feature,
    require_known,
)

Family = Literal["postgres", "mysql"]

_INSTANCE_TYPE = re.compile(r"(?!db\.)[a-z]\w*\.\w[\w-]*")
_PORTS: dict[Family, int] = {"postgres": 5432, "mysql": 3306}


@dataclass(frozen=True, slots=True, kw_only=True)
class Serverless:
    """The size of an Aurora Serverless v2 cluster."""

    min_acu: float
    max_acu: float
    readers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """The size of a database instance."""

    instance_type: str
    multi_az: bool
    storage_gib: int
    max_storage_gib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseEngine:
    """An engine, its version and its size.

    Make one with `aurora_postgres`, `aurora_mysql`, `postgres` or `mysql`.
    """

    name: str
    """As RDS calls it: ``aurora-postgresql``, ``aurora-mysql``, ``postgres`` or ``mysql``."""
    version: str
    family: Family
    """The language that it speaks, and so the driver that a client needs."""
    size: Serverless | Instance
    can_invoke_lambda: bool
    """Whether SQL can call Lambda functions in this engine and version."""

    @classmethod
    def aurora_postgres(
        cls, version: str, *, min_acu: float = 0.5, max_acu: float = 4, readers: int = 0
    ) -> "DatabaseEngine":
        """Aurora PostgreSQL, Serverless v2: a writer and perhaps readers, which grow and shrink with the load.

        An Aurora capacity unit (ACU) is about 2 GiB of memory. Each instance costs about 0.12 US$ an ACU and hour, so
        88 US$ a month for each ACU that it stands at; the defaults cost 44 US$ a month when idle.

        Args:
            version: major and minor version, such as ``17.9``, as aws-cdk-lib knows them; the Data API must exist in it
                (13.11, 14.8, 15.3, 16.1, 17.4 and later).
            min_acu: 0 to 256 in steps of 0.5. With 0, Aurora pauses what nobody is connected to (from 13.15, 14.12,
                15.7 and 16.3 on); RDS Proxy stays connected, so behind one it does not pause.
            max_acu: 1 to 256 in steps of 0.5.
            readers: 0 to 15 further instances, for reading through an endpoint of their own; the first one takes over
                when the writer fails.

        Raises:
            InvalidArgument: a version or a size that Aurora does not have.
        """
        return cls._aurora("aurora-postgresql", "postgres", version, min_acu, max_acu, readers)

    @classmethod
    def aurora_mysql(
        cls, version: str, *, min_acu: float = 0.5, max_acu: float = 4, readers: int = 0
    ) -> "DatabaseEngine":
        """Aurora MySQL 3, Serverless v2, which speaks MySQL 8.0; sizes and prices as with `aurora_postgres`.

        Args:
            version: Aurora's own version, such as ``3.10.4``, as aws-cdk-lib knows them; the Data API must exist in it
                (3.07 and later).
            min_acu: 0 to 256 in steps of 0.5; 0 from 3.08 on.
            max_acu: 1 to 256 in steps of 0.5.
            readers: 0 to 15 further instances.

        Raises:
            InvalidArgument: a version or a size that Aurora does not have.
        """
        return cls._aurora("aurora-mysql", "mysql", version, min_acu, max_acu, readers)

    @classmethod
    def postgres(
        cls,
        version: str,
        *,
        instance_type: str = "t4g.medium",
        multi_az: bool = True,
        storage_gib: int = 20,
        max_storage_gib: int = 100,
    ) -> "DatabaseEngine":
        """RDS for PostgreSQL: one instance, and by default a second one in another zone that takes over.

        The defaults cost about 94 US$ a month for the two instances and 0.23 US$ a GiB and month for both storages.

        Args:
            version: major and minor version, such as ``17.9``, as aws-cdk-lib knows them; 13 and later.
            instance_type: class and size without ``db.``, such as ``t4g.medium`` or ``r8g.large``.
            multi_az: whether a standby in another Availability Zone takes over when the instance fails. Without one a
                failure, and each maintenance, is an outage of minutes.
            storage_gib: 20 to 65,536 GiB of gp3 storage to begin with.
            max_storage_gib: up to where the storage grows by itself; at least 10 % more than ``storage_gib``.

        Raises:
            InvalidArgument: a version, an instance type or a storage that RDS does not have.
        """
        return cls._instance("postgres", "postgres", version, instance_type, multi_az, storage_gib, max_storage_gib)

    @classmethod
    def mysql(
        cls,
        version: str,
        *,
        instance_type: str = "t4g.medium",
        multi_az: bool = True,
        storage_gib: int = 20,
        max_storage_gib: int = 100,
    ) -> "DatabaseEngine":
        """RDS for MySQL: as `postgres`, for about the same price. Its SQL cannot call Lambda functions.

        Args:
            version: such as ``8.4.9``, as aws-cdk-lib knows them; 8.0 and later.
            instance_type: class and size without ``db.``.
            multi_az: whether a standby in another Availability Zone takes over when the instance fails.
            storage_gib: 20 to 65,536 GiB of gp3 storage to begin with.
            max_storage_gib: up to where the storage grows by itself; at least 10 % more than ``storage_gib``.

        Raises:
            InvalidArgument: a version, an instance type or a storage that RDS does not have.
        """
        return cls._instance("mysql", "mysql", version, instance_type, multi_az, storage_gib, max_storage_gib)

    @property
    def port(self) -> int:
        """The family's default port, where RDS Proxy always listens."""
        return _PORTS[self.family]

    @property
    def is_aurora(self) -> bool:
        """Whether it is a cluster of Aurora's, which has the Data API, and not an instance."""
        return isinstance(self.size, Serverless)

    @property
    def has_data_api(self) -> bool:
        """Whether SQL can be run without a way into the network: in the versions of Aurora that are taken here."""
        return self.is_aurora

    @property
    def proxy_family(self) -> str:
        """The family as RDS Proxy calls it (``EngineFamily``)."""
        return {"postgres": "POSTGRESQL", "mysql": "MYSQL"}[self.family]

    @property
    def readers(self) -> int:
        """How many instances serve reads only, through an endpoint of their own."""
        return self.size.readers if isinstance(self.size, Serverless) else 0

    @classmethod
    def _aurora(
        cls, name: str, family: Family, version: str, min_acu: float, max_acu: float, readers: int
    ) -> "DatabaseEngine":
        known = require_known(name, version)
        require_feature(DATA_API[name], known, name="version", value=version)
        require_within("min_acu", min_acu, AURORA_CAPACITY)
        require_within("max_acu", max_acu, AURORA_MAX_CAPACITY)
        require(max_acu >= min_acu, "max_acu", f"be at least min_acu ({min_acu:g})", max_acu, AURORA_CAPACITY.source)
        for argument, value in (("min_acu", min_acu), ("max_acu", max_acu)):
            require(value * 2 % 1 == 0, argument, "be a multiple of 0.5 ACUs", value, AURORA_CAPACITY.source)
        if min_acu == 0:
            require_feature(AUTO_PAUSE[name], known, name="version", value=version)
        require_within("readers", readers, AURORA_READERS)
        size = Serverless(min_acu=min_acu, max_acu=max_acu, readers=readers)
        return cls(name=name, version=version, family=family, size=size, can_invoke_lambda=_invokes(name, known))

    @classmethod
    def _instance(
        cls,
        name: str,
        family: Family,
        version: str,
        instance_type: str,
        multi_az: bool,
        storage_gib: int,
        max_storage_gib: int,
    ) -> "DatabaseEngine":
        known = require_known(name, version)
        require_feature(SUPPORT[name], known, name="version", value=version)
        source = "DB instance classes"
        require_kind("instance_type", instance_type, str, source)
        require_kind("multi_az", multi_az, bool, "Configuring and managing a Multi-AZ deployment")
        form = _INSTANCE_TYPE.fullmatch(instance_type)
        require(form, "instance_type", "name a class and a size, such as 't4g.medium'", instance_type, source)
        require_within("storage_gib", storage_gib, RDS_STORAGE)
        require_within("max_storage_gib", max_storage_gib, RDS_STORAGE)
        least = storage_gib * (100 + RDS_STORAGE_GROWTH.minimum) / 100
        rule = f"be at least 10 % more than storage_gib ({storage_gib})"
        require(max_storage_gib >= least, "max_storage_gib", rule, max_storage_gib, RDS_STORAGE_GROWTH.source)
        size = Instance(
            instance_type=instance_type, multi_az=multi_az, storage_gib=storage_gib, max_storage_gib=max_storage_gib
        )
        return cls(name=name, version=version, family=family, size=size, can_invoke_lambda=_invokes(name, known))


def _invokes(name: str, version: tuple[int, ...]) -> bool:
    feature = INVOKES_LAMBDA.get(name)
    return feature is not None and feature.has(version)
