"""What an account shows to those who may look into it."""

import json
from typing import Any

from constructs_lib.local import LocalAws


def everything_told_by(aws: LocalAws, execution: str) -> dict[str, str]:
    """Gather templates, outputs, logs, metrics, settings of functions, and the history of an execution."""
    formation, logs, states = aws.client("cloudformation"), aws.client("logs"), aws.client("stepfunctions")
    stacks = formation.describe_stacks()["Stacks"]
    found: dict[str, Any] = {
        "templates": [formation.get_template(StackName=stack["StackName"])["TemplateBody"] for stack in stacks],
        "outputs": stacks,
        "environments": [each.get("Environment") for each in aws.client("lambda").list_functions()["Functions"]],
        "metrics": aws.client("cloudwatch").list_metrics()["Metrics"],
        "history": list(states.get_paginator("get_execution_history").paginate(executionArn=execution)),
        "logs": [
            list(logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]))
            for group in logs.describe_log_groups()["logGroups"]
        ],
        "log of this AWS": aws.log_path.read_text(errors="replace"),
    }
    return {place: json.dumps(text, default=str) for place, text in found.items()}
