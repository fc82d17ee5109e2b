"""How a new table is kept, paid and encrypted; of a table that exists already, all that is settled."""

from dataclasses import dataclass, fields
from typing import Any, Literal

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, has, is_token, require, require_kind, require_within
from constructs_lib.items.capacity import ON_DEMAND, Capacity, Provisioned, require_capacity
from constructs_lib.items.import_source import ImportSource
from constructs_lib.items.indexes import NAME, NAMING, TableIndexes, require_same_mode
from constructs_lib.items.replicas import Replicas, require_replicas
from constructs_lib.items.warm_throughput import require_warm
from constructs_lib.quotas import DYNAMODB_RECOVERY_DAYS

EncryptionKey = kms.IKey | Literal["aws-managed"] | None

_HERE = "constructs_lib.items"
_TTL = "Using time to live in DynamoDB"
_IMPORT = "Amazon DynamoDB TableCreationParameters"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSettings:
    """The arguments of a new table beyond its keys; see `ItemTable`."""

    ttl_attribute: str | None = None
    capacity: Capacity = ON_DEMAND
    recovery_days: int = 35
    encryption_key: EncryptionKey = None
    replicas: Replicas = ()
    table_name: str | None = None
    table_class: dynamodb.TableClass = dynamodb.TableClass.STANDARD
    contributor_insights: dynamodb.ContributorInsightsMode | None = None
    warm_throughput: dynamodb.WarmThroughput | None = None
    import_from: ImportSource | None = None
    deletion_protection: bool = True
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN

    @property
    def own_key(self) -> kms.IKey | None:
        """The key of the user's that encrypts the table."""
        return None if isinstance(self.encryption_key, str) else self.encryption_key

    def common(self) -> dict[str, Any]:
        """Return those that the CDK's two kinds of table call alike; what is DynamoDB's own default is not written."""
        is_standard = self.table_class == dynamodb.TableClass.STANDARD
        return {
            "table_name": self.table_name,
            "time_to_live_attribute": self.ttl_attribute,
            "point_in_time_recovery_specification": dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=self.recovery_days
            ),
            "table_class": None if is_standard else self.table_class,
            "contributor_insights_specification": self.insights(),
            "warm_throughput": self.warm_throughput,
            "deletion_protection": self.deletion_protection,
            "removal_policy": self.removal_policy,
        }

    def insights(self) -> dynamodb.ContributorInsightsSpecification | None:
        """Return what is counted of the keys of a table and its indexes."""
        mode = self.contributor_insights
        return dynamodb.ContributorInsightsSpecification(enabled=True, mode=mode) if mode else None

    def require_for_new(self, scope: Construct, key: list[dynamodb.Attribute], indexes: TableIndexes) -> None:
        """Raise `InvalidArgument` unless a table with this key and these indexes can be made in a scope."""
        if self.ttl_attribute is not None:
            _require_time(self.ttl_attribute, key, indexes)
        require_capacity("capacity", self.capacity)
        require_same_mode(indexes.wide, self.capacity)
        require_within("recovery_days", self.recovery_days, DYNAMODB_RECOVERY_DAYS)
        require_kind("table_class", self.table_class, dynamodb.TableClass, _HERE)
        if self.contributor_insights is not None:
            require_kind("contributor_insights", self.contributor_insights, dynamodb.ContributorInsightsMode, _HERE)
        require_kind("deletion_protection", self.deletion_protection, bool, _HERE)
        require_kind("removal_policy", self.removal_policy, RemovalPolicy, _HERE)
        require_warm("warm_throughput", self.warm_throughput)
        is_key = self.encryption_key in (None, "aws-managed") or has(self.encryption_key, "key_arn")
        require(is_key, "encryption_key", "be a key, 'aws-managed' or None", self.encryption_key, _HERE)
        rule = "have 3 to 255 letters, digits, dots, hyphens and underscores"
        is_name = self.table_name is None or NAME.fullmatch(self.table_name)
        require(is_name, "table_name", rule, self.table_name, NAMING)
        require_replicas(scope, self.replicas, has_own_key=self.own_key is not None)
        self._require_one_region(indexes)
        if self.import_from is not None:
            self._require_importable(indexes)
        elif self.own_key is not None and not self.replicas and is_token(Stack.of(scope).region):
            rule = "stand in a stack whose region is known: give the stack an env"
            raise InvalidArgument("encryption_key", rule, self.own_key.node.path, "AWS::DynamoDB::GlobalTable")

    def require_left_out(self) -> None:
        """Raise `InvalidArgument` for whatever a table that exists already would not heed."""
        for field in fields(self):
            value = getattr(self, field.name)
            rule = "be left out: the table exists already, and this would not change it"
            require(value == field.default, field.name, rule, value, _HERE)

    def _require_one_region(self, indexes: TableIndexes) -> None:
        """A schedule reaches the capacity of its own region only, and replicas would keep the old one."""
        capacities = (self.capacity, *(index.capacity for index in indexes.wide.values()))
        scheduled = any(
            each.read.scheduled or each.write.scheduled for each in capacities if isinstance(each, Provisioned)
        )
        rule = "be left out where capacity is scheduled: a schedule changes its own region only"
        require(not (scheduled and self.replicas), "replicas", rule, [*self.replicas], _HERE)

    def _require_importable(self, indexes: TableIndexes) -> None:
        require_kind("import_from", self.import_from, ImportSource, _IMPORT)
        rule = "be left out of a table that is imported: DynamoDB imports into one region"
        require(not self.replicas, "replicas", rule, [*self.replicas], "DynamoDB data import from Amazon S3")
        rule = "be left out of a table that is imported: an import makes global indexes only"
        require(not indexes.narrow, "local_indexes", rule, [*indexes.narrow], _IMPORT)


def _require_time(attribute: str, key: list[dynamodb.Attribute], indexes: TableIndexes) -> None:
    """Raise `InvalidArgument` for an attribute that can hold no time: DynamoDB would take it, and delete nothing."""
    is_apart = attribute and attribute not in {each.name for each in key}
    require(is_apart, "ttl_attribute", "name an attribute that is no key", attribute, _TTL)
    is_name = not attribute.endswith((":S", ":N", ":B"))
    require(is_name, "ttl_attribute", "be a name alone: its type is a number always", attribute, _TTL)
    types = {each.name: each.type for keys in indexes.keys.values() for each in keys}
    is_number = types.get(attribute) in {None, dynamodb.AttributeType.NUMBER}
    require(is_number, "ttl_attribute", "be a number (:N) also as the key of an index", attribute, _TTL)
