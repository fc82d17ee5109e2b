"""Runs a state machine's definition, state by state, with the JSONata of the definition itself.

What it knows is what our machines use: Pass, Task with Retry and Catch, Choice, Wait, Succeed and Fail.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jsonata

Data = dict[str, Any]
Call = Callable[[str, Data], Data]


class TaskError(Exception):
    """What a service answers instead of a result, by the name that Step Functions gives it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Run:
    """One execution. Each turn of `states` is a state; what it yields are the seconds until the next."""

    def __init__(self, definition: Data, call: Call, given: Data | None = None) -> None:
        self._definition, self._call, self._given = definition, call, given or {}
        self._variables: Data = {}
        self.state = ""
        self.status, self.error, self.cause = "RUNNING", "", ""

    def states(self) -> Iterator[float]:
        self.state = self._definition["StartAt"]
        while self.status == "RUNNING":
            state = self._definition["States"][self.state]
            result: Data = {}
            match state["Type"]:
                case "Wait":
                    yield state["Seconds"]
                case "Task":
                    for result in self._attempts(state):
                        if "wait" not in result:
                            break
                        yield result["wait"]
                case "Choice":
                    self.state = self._chosen(state)
                    yield 0
                    continue
                case "Succeed":
                    self.status = "SUCCEEDED"
                    return
                case "Fail":
                    self.status, self.error = "FAILED", state["Error"]
                    self.cause = self._filled(state["Cause"], {})
                    return
            if self.status != "RUNNING":
                return
            if caught := result.get("caught"):
                self.state = caught
            else:
                self._variables |= {
                    name: self._filled(value, result) for name, value in state.get("Assign", {}).items()
                }
                self.state = state["Next"]
            yield 0

    def _attempts(self, state: Data) -> Iterator[Data]:
        """Call a task until it has a result, or give what it waits in between, or where its error leads."""
        service, action = state["Resource"].split(":")[-2:]
        arguments = self._filled(state["Arguments"], {})
        retries = 0
        while True:
            try:
                result = self._call(f"{service}:{action}", arguments)
            except TaskError as failed:
                retry = next((each for each in state["Retry"] if failed.name in each["ErrorEquals"]), None)
                if retry and retries < retry["MaxAttempts"]:
                    yield {"wait": min(retry["IntervalSeconds"] * retry["BackoffRate"] ** retries, 300)}
                    retries += 1
                    continue
                caught = [each["Next"] for each in state.get("Catch", []) if failed.name in each["ErrorEquals"]]
                if not caught:
                    self.status, self.error = "FAILED", failed.name
                yield {"caught": caught[0] if caught else None}
                return
            yield result
            return

    def _chosen(self, state: Data) -> str:
        for choice in state["Choices"]:
            condition = self._filled(choice["Condition"], {})
            assert isinstance(condition, bool), choice
            if condition:
                return str(choice["Next"])
        return str(state["Default"])

    def _filled(self, value: Any, result: Data) -> Any:
        if isinstance(value, dict):
            return {name: self._filled(each, result) for name, each in value.items()}
        if isinstance(value, str) and (found := re.fullmatch(r"\{%(.*)%\}", value, re.DOTALL)):
            states = {"input": self._given, "result": result}
            answer = _expression(found[1].strip()).evaluate(None, {**self._variables, "states": states})
            assert answer is not None, f"undefined, which fails an execution: {value}"
            return answer
        return value


@cache
def _expression(text: str) -> Any:
    expression = jsonata.Jsonata.jsonata(text)
    # What Step Functions adds to JSONata.
    expression.register_lambda("uuid", lambda: str(uuid.uuid4()))
    expression.register_lambda("parse", json.loads)
    return expression
