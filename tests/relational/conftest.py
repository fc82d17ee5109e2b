"""Real servers of both families, and the AWS services that lead to them."""

from tests.relational.aws import aws
from tests.relational.cloudformation import cloudformation
from tests.relational.mariadb import mariadb, mariadb_server
from tests.relational.postgres import postgres, postgres_server

__all__ = ["aws", "cloudformation", "mariadb", "mariadb_server", "postgres", "postgres_server"]
