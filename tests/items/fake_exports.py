"""DynamoDB, as far as exports go: what it refuses, how long it takes, and that its clock is its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.items.state_machine import TaskError

Data = dict[str, Any]

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"


@dataclass
class Export:
    """An export that was accepted."""

    arn: str
    begin: datetime | None
    """None for the whole table."""
    end: datetime
    token: str
    asked_at: datetime
    done_at: datetime
    fails: bool

    @property
    def window(self) -> tuple[datetime | None, datetime]:
        return self.begin, self.end


@dataclass
class FakeExports:
    """A table with 35 days of recovery, its exports, and the table of the cursor.

    Raises:
        AssertionError: an export that AWS would refuse.
    """

    random: Random
    failing: float = 0.0
    """How often an export fails."""
    erring: float = 0.0
    """How often a call does."""
    now: datetime = BEGIN + timedelta(days=2)
    exports: list[Export] = field(default_factory=list)
    cursor: Data | None = None

    def __call__(self, action: str, arguments: Data) -> Data:
        calls: dict[str, Callable[[Data], Data]] = {
            "dynamodb:describeContinuousBackups": self._describe_backups,
            "dynamodb:exportTableToPointInTime": self._export,
            "dynamodb:describeExport": self._describe_export,
            "dynamodb:getItem": self._get,
            "dynamodb:putItem": self._put,
        }
        if self.random.random() < self.erring:
            # Refused before it was done, or answered too late.
            if self.random.random() < 0.5:
                calls[action](arguments)
            raise TaskError("DynamoDb.InternalServerErrorException")
        return calls[action](arguments)

    @property
    def earliest(self) -> datetime:
        return max(BEGIN, self.now - timedelta(days=35))

    @property
    def latest(self) -> datetime:
        return self.now - timedelta(minutes=5)

    def _describe_backups(self, arguments: Data) -> Data:
        assert arguments["TableName"] == TABLE
        # One host of the service may lag behind another.
        lag = timedelta(seconds=self.random.choice([0, 0, 7.123, 150]))
        times = {
            "EarliestRestorableDateTime": _text(self.earliest),
            "LatestRestorableDateTime": _text(self.latest - lag),
        }
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": times}}

    def _export(self, arguments: Data) -> Data:
        begin, end = self._checked(arguments)
        known = [each for each in self.exports if each.token == arguments["ClientToken"]]
        if known and self.now - known[-1].asked_at < timedelta(hours=8):
            if known[-1].window != (begin, end):
                raise TaskError("DynamoDb.ExportConflictException")
            return {"ExportDescription": {"ExportArn": known[-1].arn}}
        takes = timedelta(minutes=self.random.choice([1, 3, 5, 8, 60]))
        fails = self.random.random() < self.failing
        arn = f"{TABLE}/export/{len(self.exports)}"
        self.exports.append(Export(arn, begin, end, arguments["ClientToken"], self.now, self.now + takes, fails))
        return {"ExportDescription": {"ExportArn": arn, "ExportStatus": "IN_PROGRESS"}}

    def _checked(self, arguments: Data) -> tuple[datetime | None, datetime]:
        assert arguments["TableArn"] == TABLE
        if arguments["ExportType"] == "FULL_EXPORT":
            end = _time(arguments["ExportTime"])
            assert self.earliest <= end <= self.latest, "outside the recovery window"
            return None, end
        window = arguments["IncrementalExportSpecification"]
        begin, end = _time(window["ExportFromTime"]), _time(window["ExportToTime"])
        assert timedelta(minutes=15) <= end - begin <= timedelta(hours=24), f"a window of {end - begin}"
        assert self.earliest <= begin, "before the recovery window"
        assert end <= self.latest, "after the recovery window"
        return begin, end

    def _describe_export(self, arguments: Data) -> Data:
        (export,) = [each for each in self.exports if each.arn == arguments["ExportArn"]]
        ended = "FAILED" if export.fails else "COMPLETED"
        return {"ExportDescription": {"ExportStatus": "IN_PROGRESS" if self.now < export.done_at else ended}}

    def _get(self, arguments: Data) -> Data:
        assert arguments["ConsistentRead"] is True
        assert arguments["Key"] == {"id": {"S": "cursor"}}
        return {"Item": self.cursor} if self.cursor else {}

    def _put(self, arguments: Data) -> Data:
        read = arguments["ExpressionAttributeValues"][":read"]
        is_same = self.cursor is not None and self.cursor["revision"] == read
        allowed = {
            "revision = :read": is_same,
            "attribute_not_exists(id) OR revision = :read": self.cursor is None or is_same,
        }
        if not allowed.get(arguments.get("ConditionExpression", ""), True):
            raise TaskError("DynamoDb.ConditionalCheckFailedException")
        assert arguments["Item"]["id"] == {"S": "cursor"}
        self.cursor = arguments["Item"]
        return {}


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    assert time.second == time.microsecond == 0, f"no whole minute: {text}"
    return time


def _text(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
