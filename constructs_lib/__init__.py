"""AWS CDK constructs for serverless systems: each one a documented AWS pattern, whole.

The names load on first use (PEP 562), so that importing the package costs nothing and Lambda code may import its
``runtime`` modules where ``aws_cdk`` is not installed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from constructs_lib.api.auth import Auth as Auth
    from constructs_lib.api.aws_action import AwsAction as AwsAction
    from constructs_lib.api.domain import ApiDomain as ApiDomain
    from constructs_lib.api.firewall import Firewall as Firewall
    from constructs_lib.api.integrations import Http as Http
    from constructs_lib.api.logging import ApiGatewayLogging as ApiGatewayLogging
    from constructs_lib.api.protected_api import ProtectedApi as ProtectedApi
    from constructs_lib.approval.approval_desk import ApprovalDesk as ApprovalDesk
    from constructs_lib.approval.approval_step import ApprovalStep as ApprovalStep
    from constructs_lib.arguments import InvalidArgument as InvalidArgument
    from constructs_lib.functions.python_code import python_code as python_code
    from constructs_lib.functions.python_function import PythonFunction as PythonFunction
    from constructs_lib.identity.user_directory import UserDirectory as UserDirectory
    from constructs_lib.items.backup_lifecycle import VaultLock as VaultLock
    from constructs_lib.items.capacity import Capacity as Capacity
    from constructs_lib.items.capacity import Scaling as Scaling
    from constructs_lib.items.dax_cluster import DaxCluster as DaxCluster
    from constructs_lib.items.import_source import ImportSource as ImportSource
    from constructs_lib.items.indexes import Index as Index
    from constructs_lib.items.item_table import ItemTable as ItemTable
    from constructs_lib.items.kinesis_archive import KinesisArchive as KinesisArchive
    from constructs_lib.relational.engine import DatabaseEngine as DatabaseEngine
    from constructs_lib.relational.proxied_database import ProxiedDatabase as ProxiedDatabase
    from constructs_lib.services.dead_letter_queue import DeadLetterQueue as DeadLetterQueue
    from constructs_lib.services.work_queue import WorkQueue as WorkQueue

_MODULE_OF = {
    "ApiDomain": "api.domain",
    "ApiGatewayLogging": "api.logging",
    "ApprovalDesk": "approval.approval_desk",
    "ApprovalStep": "approval.approval_step",
    "Auth": "api.auth",
    "AwsAction": "api.aws_action",
    "Capacity": "items.capacity",
    "DatabaseEngine": "relational.engine",
    "DaxCluster": "items.dax_cluster",
    "DeadLetterQueue": "services.dead_letter_queue",
    "Firewall": "api.firewall",
    "Http": "api.integrations",
    "ImportSource": "items.import_source",
    "Index": "items.indexes",
    "InvalidArgument": "arguments",
    "ItemTable": "items.item_table",
    "KinesisArchive": "items.kinesis_archive",
    "ProtectedApi": "api.protected_api",
    "ProxiedDatabase": "relational.proxied_database",
    "PythonFunction": "functions.python_function",
    "Scaling": "items.capacity",
    "UserDirectory": "identity.user_directory",
    "VaultLock": "items.backup_lifecycle",
    "WorkQueue": "services.work_queue",
    "python_code": "functions.python_code",
}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    """Load a public name from its module, and keep it."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names for completion, loaded or not."""
    return __all__
