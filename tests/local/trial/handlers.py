"""What runs in the trial app's functions."""

import importlib.util
import json
import os
from typing import Any

import boto3

Event = dict[str, Any]


def write(event: Event, context: object) -> dict[str, Any]:
    """Write an item, named by the request's body."""
    item = json.loads(event["body"])["id"]
    boto3.resource("dynamodb").Table(os.environ["TABLE"]).put_item(Item={"id": item, "written_by": "api"})
    return {"statusCode": 200, "body": json.dumps({"id": item})}


def copy(event: Event, context: object) -> None:
    """Write the new images of a stream's records elsewhere."""
    for record in event["Records"]:
        boto3.client("dynamodb").put_item(TableName=os.environ["TABLE"], Item=record["dynamodb"]["NewImage"])


def look_around(event: Event, context: object) -> dict[str, Any]:
    """Tell what the function sees."""
    names = ("boto3", "psycopg", "constructs_lib", "aws_cdk", "ministack")
    return {
        "importable": [name for name in names if importlib.util.find_spec(name)],
        "variables": sorted(os.environ),
        "caller": boto3.client("sts").get_caller_identity()["Arn"],
        "region": os.environ["AWS_REGION"],
    }


def connect(event: Event, context: object) -> str:
    """Connect to the database as on AWS: over TLS that is verified, with a token for a password."""
    import psycopg

    host, user = os.environ["HOST"], "app"
    token = boto3.client("rds").generate_db_auth_token(DBHostname=host, Port=5432, DBUsername=user)
    database = psycopg.connect(
        host=host, port=5432, user=user, password=token, dbname="app", sslmode="verify-full", sslrootcert="system"
    )
    with database as connection:
        row = connection.execute("SELECT current_user").fetchone()
    return str(row[0]) if row else ""
