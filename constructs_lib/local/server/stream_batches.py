"""What Lambda does with a batch of a stream's records: deliver it, divide it, try again, give up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]

_LONGEST_PAUSE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long Lambda bears with records that fail."""

    retries: int
    maximum_age: float
    """In seconds."""
    bisects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A batch on its way to a function."""

    patience: Patience
    call: Callable[[list[Record]], int]
    """Call the function; how many of the records, from the first on, are done."""
    age: Callable[[list[Record]], float]
    """How old the oldest of the records is, in seconds."""
    give_up: Callable[[list[Record], str], None]
    """Put the records' position aside, for a reason."""
    pause: Callable[[float], None]

    def of(self, records: list[Record]) -> None:
        """Deliver records, until each is done or given up. To divide a batch is no retry (AWS, bisect on error)."""
        tries = 0
        while records:
            done = self.call(records)
            if done:
                records, tries = records[done:], 0
            elif len(records) > 1 and self.patience.bisects:
                middle = len(records) // 2
                self.of(records[:middle])
                records, tries = records[middle:], 0
            elif self.age(records) > self.patience.maximum_age:
                return self.give_up(records, "MaxRecordAgeExceeded")
            elif tries >= self.patience.retries:
                return self.give_up(records, "RetryAttemptsExhausted")
            else:
                self.pause(min(0.1 * 2**tries, _LONGEST_PAUSE))
                tries += 1
        return None


def done_before(records: list[Record], answer: Any) -> int:
    """Tell how many records are done before the first that a function's answer names as failed.

    An answer that names a record which is not in the batch fails all of it, as on AWS.
    """
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return len(records)
    numbers = [sequence_number(record) for record in records]
    failed = [failure.get("itemIdentifier") for failure in failures]
    return min((numbers.index(name) if name in numbers else 0) for name in failed)


def sequence_number(record: Record) -> str:
    """Give the number by which a stream knows a record."""
    return str(record["kinesis"]["sequenceNumber"] if "kinesis" in record else record["dynamodb"]["SequenceNumber"])


def arrived(record: Record) -> float:
    """Tell when a record came into its stream, in seconds since 1970."""
    inside = record.get("kinesis", {}).get("approximateArrivalTimestamp")
    return float(inside or record["dynamodb"]["ApproximateCreationDateTime"])
