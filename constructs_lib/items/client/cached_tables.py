"""Which way a request takes: through the cluster, or to the table."""

from collections.abc import Callable, Collection
from typing import Any

from constructs_lib.items.client.circuit import Circuit
from constructs_lib.items.client.cluster import Cluster, is_refusal, is_to_blame
from constructs_lib.items.client.usage import Usage
from constructs_lib.items.client.write_in_doubt import WriteInDoubtError

Call = Callable[..., dict[str, Any]]
"""A method of boto3's client."""

WRITE_SECONDS = 2.0
"""How long the answer to a write is waited for, once there is a connection."""

# With nothing but these, a write leaves the same behind when it is made twice: no condition, no sum, no old values.
_REPEATABLE = {"TableName", "Key", "Item", "RequestItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"}


class CachedTables:
    """The tables that a cluster caches, read through it and, if that was granted, written through it."""

    def __init__(
        self, cluster: Cluster, tables: Collection[str], *, budget_seconds: float, writes_through: bool
    ) -> None:
        """Put a cluster before tables."""
        self._cluster = cluster
        self._tables = set(tables)
        self._budget = budget_seconds
        self._writes_through = writes_through
        self._circuit = Circuit()
        self._usage = Usage()

    def reading(self, operation: str, at_table: Call) -> Call:
        """Return a read that asks the cluster first, and the table if it does not answer within the budget."""

        def read(**request: Any) -> dict[str, Any]:
            if not self._holds(request) or _is_consistent(request):
                return at_table(**request)
            if self._circuit.may_ask():
                try:
                    answer = self._cluster.ask(operation, request, seconds=self._budget, connect_seconds=self._budget)
                except Exception as error:
                    self._note(error)
                else:
                    self._circuit.answered()
                    self._usage.count("ReadsThroughDax")
                    return answer
            self._usage.count("ReadsFromTable")
            return at_table(**request)

        return read

    def writing(self, operation: str, at_table: Call) -> Call:
        """Return a write that is made once: through the cluster, or at the table if the cluster surely did not."""

        def write(**request: Any) -> dict[str, Any]:
            if not self._holds(request) or not self._writes_through:
                return at_table(**request)
            if self._circuit.is_closed:
                try:
                    answer = self._cluster.ask(operation, request, seconds=WRITE_SECONDS, connect_seconds=self._budget)
                except Exception as error:
                    self._note(error)
                    if not is_refusal(error) and not request.keys() <= _REPEATABLE:
                        raise WriteInDoubtError(f"{operation} was sent, and no answer came: {error!r}") from error
                else:
                    self._usage.count("WritesThroughDax")
                    return answer
            self._usage.count("WritesToTable")
            return at_table(**request)

        return write

    def _holds(self, request: dict[str, Any]) -> bool:
        """Tell whether all the tables of a request are the cluster's."""
        named = request.get("RequestItems") or [request.get("TableName")]
        return self._tables.issuperset(named)

    def _note(self, error: Exception) -> None:
        if is_to_blame(error):
            self._circuit.failed(error)


def _is_consistent(request: dict[str, Any]) -> bool:
    return any(part.get("ConsistentRead") for part in (request, *request.get("RequestItems", {}).values()))
