"""A DynamoDB table that loses nothing: the items, who may reach them, and who hears of their changes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.arguments import InvalidArgument, is_token, require, require_within
from constructs_lib.functions.environment import give_environment, is_function
from constructs_lib.items.change_stream import ChangeStream
from constructs_lib.items.key import parse_keys
from constructs_lib.quotas import DYNAMODB_INDEXES, DYNAMODB_RECOVERY_DAYS, DYNAMODB_STREAM_CONSUMERS

_READ = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem")
_WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem")
_INDEX_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_OF_INDEXES = {"dynamodb:Query", "dynamodb:Scan"}
_TTL = "Using time to live in DynamoDB"


class ItemTable(Construct):
    """A table of items up to 400 KB each, paid by request, recoverable to any second of the last weeks.

    Point-in-time recovery is always on; the table is protected from deletion and kept when its stack is deleted.
    Idle it costs nothing but its storage and the storage of its recovery window.

    Attributes:
        table: the DynamoDB table.
        streams: who hears of changes, one for each call of `on_change`.
        key: the partition key and, if there is one, the sort key.
        index_keys: the same of each global secondary index, by name.
        encryption_key: the key of yours that encrypts it, or None.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        partition_key: str,
        sort_key: str | None = None,
        ttl_attribute: str | None = None,
        indexes: Mapping[str, tuple[str, ...]] | None = None,
        recovery_days: int = 35,
        encryption_key: kms.IKey | None = None,
        deletion_protection: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        """Make the table.

        Args:
            scope: the construct that the table belongs to.
            id: the construct id; it becomes part of the logical id, and changing it replaces the table.
            partition_key: the attribute that spreads items, as ``"name"`` for a string, ``"name:N"`` for a number or
                ``"name:B"`` for bytes.
            sort_key: the attribute that orders the items of a partition, in the same form.
            ttl_attribute: the attribute that holds when an item may go, as seconds since 1970. DynamoDB deletes it
                within a few days after that, so reads must still look at it (Using time to live in DynamoDB).
            indexes: global secondary indexes by name, each a partition key or a partition key and a sort key in the
                same form: ``{"ByOwner": ("owner", "created_at")}``. At most 20 (Quotas in Amazon DynamoDB). An index
                holds whole items; an item without the index's keys is not in it.
            recovery_days: how far back the table can be restored, 1 to 35 days (Point-in-time recovery for DynamoDB).
            encryption_key: a key of your own, in a stack whose region is known; None encrypts with a key that DynamoDB
                owns, at no cost.
            deletion_protection: refuse every deletion of the table until it is switched off.
            removal_policy: what becomes of the table when it leaves its stack.

        Raises:
            InvalidArgument: a malformed key, the same attribute twice, too many indexes, recovery days out of range, or
                an encryption key in a stack without a region.
        """
        keys = parse_keys("the key", (partition_key, *([sort_key] if sort_key is not None else [])))
        index_keys = {name: parse_keys(f"indexes[{name!r}]", key) for name, key in (indexes or {}).items()}
        require_within("indexes", len(index_keys), DYNAMODB_INDEXES)
        for name in index_keys:
            rule = "have names of 3 to 255 letters, digits, dots, hyphens and underscores"
            require(_INDEX_NAME.fullmatch(name), "indexes", rule, name, "Naming rules in Amazon DynamoDB")
        is_apart = bool(ttl_attribute) and ttl_attribute not in [key.name for key in keys]
        require(
            ttl_attribute is None or is_apart, "ttl_attribute", "name an attribute that is no key", ttl_attribute, _TTL
        )
        require_within("recovery_days", recovery_days, DYNAMODB_RECOVERY_DAYS)
        if encryption_key is not None and is_token(Stack.of(scope).region):
            rule = "stand in a stack whose region is known: give the stack an env"
            raise InvalidArgument("encryption_key", rule, encryption_key.node.path, "AWS::DynamoDB::GlobalTable")
        super().__init__(scope, id)
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=keys[0],
            sort_key=keys[1] if len(keys) > 1 else None,
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=name, partition_key=key[0], sort_key=key[1] if len(key) > 1 else None
                )
                for name, key in index_keys.items()
            ],
            time_to_live_attribute=ttl_attribute,
            billing=dynamodb.Billing.on_demand(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True, recovery_period_in_days=recovery_days
            ),
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(encryption_key) if encryption_key else None,
            deletion_protection=deletion_protection,
            removal_policy=removal_policy,
        )
        self.streams: list[ChangeStream] = []
        self.key, self.index_keys, self.encryption_key = keys, index_keys, encryption_key
        self._index_arns = [f"{self.table.table_arn}/index/{name}" for name in index_keys]

    def grant_read(self, grantee: iam.IGrantable, *, scan: bool = False, environment: str = "TABLE_NAME") -> iam.Grant:
        """Let a function or role read items by their key.

        Args:
            grantee: who may read. A function also gets the table's name in its environment.
            scan: also allow reading the whole table, which costs what the whole table weighs.
            environment: the name of that environment variable; name it yourself for a function with several tables.

        Raises:
            InvalidArgument: the function's variable already holds something else; or the function is an alias, a
                version or imported, whose environment cannot be set: grant to its role, and set the variable yourself.
        """
        actions = (*_READ, "dynamodb:Scan") if scan else _READ
        return self.grant(grantee, *actions, environment=environment)

    def grant_write(self, grantee: iam.IGrantable, *, environment: str = "TABLE_NAME") -> iam.Grant:
        """Let a function or role put, update and delete items; arguments and errors as for `grant_read`."""
        return self.grant(grantee, *_WRITE, environment=environment)

    def grant_read_write(
        self, grantee: iam.IGrantable, *, scan: bool = False, environment: str = "TABLE_NAME"
    ) -> iam.Grant:
        """Let a function or role do both; arguments and errors as for `grant_read`."""
        reading = self.grant_read(grantee, scan=scan, environment=environment)
        return reading.combine(self.grant_write(grantee, environment=environment))

    def on_change(
        self,
        function: lambda_.Function,
        *,
        patterns: Sequence[dict[str, Any]] = (),
        batch_size: int = 100,
        retries: int = 10,
        maximum_record_age: Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> ChangeStream:
        """Call a function with every change of the table, in order for each item; see `ChangeStream` for the arguments.

        Raises:
            InvalidArgument: an argument out of range, or a third function: a DynamoDB stream serves two, Kinesis more.
        """
        rule = "be one of at most two on a table (send the changes to a Kinesis stream to serve more)"
        has_room = len(self.streams) < DYNAMODB_STREAM_CONSUMERS.maximum
        require(has_room, "function", rule, function.node.path, DYNAMODB_STREAM_CONSUMERS.source)
        stream = ChangeStream(
            self,
            f"ChangesTo{function.node.id}",
            table=self.table,
            function=function,
            patterns=patterns,
            batch_size=batch_size,
            retries=retries,
            maximum_record_age=maximum_record_age,
            alarm_topic=alarm_topic,
        )
        if self.encryption_key is not None:
            # The stream is encrypted with the table's key, and read with the function's rights.
            self.encryption_key.grant_decrypt(function).apply_before(stream.mapping)
        self.streams.append(stream)
        return stream

    def grant(self, grantee: iam.IGrantable, *actions: str, environment: str = "TABLE_NAME") -> iam.Grant:
        """Let a function or role do just these actions on the table and its indexes; the rest as for `grant_read`."""
        if is_function(grantee):
            give_environment(grantee, **{environment: self.table.table_name})
        index_arns = self._index_arns if _OF_INDEXES & set(actions) else []
        grant = iam.Grant.add_to_principal(
            grantee=grantee, actions=[*actions], resource_arns=[self.table.table_arn, *index_arns]
        )
        if self.encryption_key is None:
            return grant
        # DynamoDB asks for the data key on the caller's behalf, whatever the action.
        return grant.combine(self.encryption_key.grant_encrypt_decrypt(grantee))
