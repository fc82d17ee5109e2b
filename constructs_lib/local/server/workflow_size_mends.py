"""How much data a workflow carries, as on AWS; the emulator carries any amount."""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

_LONGEST = 256 * 1024
"""Of what is given to a task and of what it results in, and of all that one state assigns (service quotas)."""


def mend_workflow_sizes() -> None:
    """Put ours around the emulator's own, and around that of `workflow_tasks`."""
    stepfunctions._invoke_resource = _brief(stepfunctions._invoke_resource)
    stepfunctions._invoke_with_callback = _brief(stepfunctions._invoke_with_callback)
    stepfunctions._apply_state_assign = _brief_assignment(stepfunctions._apply_state_assign)


def _brief(call: Callable[..., Any]) -> Callable[..., Any]:
    def call_briefly(resource: str, arguments: Any, *more: Any) -> Any:
        _require_brief(arguments, "arguments of a task")
        result = call(resource, arguments, *more)
        _require_brief(result, "results of a task")
        return result

    return call_briefly


def _brief_assignment(assign: Callable[..., None]) -> Callable[..., None]:
    def assign_briefly(state: dict[str, Any], given: Any, context: dict[str, Any], **known: Any) -> None:
        assign(state, given, context, **known)
        assigned = [context["variables"].get(name) for name in state.get("Assign", {})]
        _require_brief(assigned, "variables of a state")

    return assign_briefly


def _require_brief(data: Any, what: str) -> None:
    if len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) > _LONGEST:
        reason = f"The {what} are of more than {_LONGEST} bytes."
        raise stepfunctions._ExecutionError("States.DataLimitExceeded", reason)
