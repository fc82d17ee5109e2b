"""The process of one local AWS: `python -m constructs_lib.local.server FOLDER LISTENER`, started by `LocalAws`.

It ends when it is told to, or when whoever started it is gone, however that went; all that it started ends with it.
"""

import asyncio
import os
import shutil
import signal
import sys
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.local.clients import ROOT, aws_client
from constructs_lib.local.server import emulator
from constructs_lib.local.server.api_address_mends import mend_api_addresses
from constructs_lib.local.server.api_gateway_mends import mend_api_gateway
from constructs_lib.local.server.authorizer_mends import mend_authorizers
from constructs_lib.local.server.databases.databases import Databases
from constructs_lib.local.server.emulator_mends import mend_emulator
from constructs_lib.local.server.export_mends import mend_exports
from constructs_lib.local.server.fault_mends import mend_faults
from constructs_lib.local.server.firehose_mends import mend_firehose
from constructs_lib.local.server.iam_mends import mend_iam
from constructs_lib.local.server.lambda_python import make_lambda_python
from constructs_lib.local.server.resource_types.alarm_types import register_alarm_types
from constructs_lib.local.server.resource_types.api_gateway_types import register_api_gateway_types
from constructs_lib.local.server.resource_types.custom_types import register_custom_types
from constructs_lib.local.server.resource_types.database_types import register_database_types
from constructs_lib.local.server.resource_types.function_types import register_function_types
from constructs_lib.local.server.resource_types.proxy_types import register_proxy_types
from constructs_lib.local.server.resource_types.recorded_types import register_recorded_types
from constructs_lib.local.server.resource_types.service_types import register_service_types
from constructs_lib.local.server.resource_types.stream_types import register_stream_types
from constructs_lib.local.server.resource_types.table_types import register_table_types
from constructs_lib.local.server.scheduler_mends import mend_scheduler
from constructs_lib.local.server.stack_mends import mend_stacks
from constructs_lib.local.server.stream_mends import mend_streams
from constructs_lib.local.server.table_mends import mend_tables
from constructs_lib.local.server.workflow_size_mends import mend_workflow_sizes
from constructs_lib.local.server.workflow_tasks import mend_workflow_tasks

_GRACE = 5.0


async def _serve(folder: Path, listener: int) -> None:
    """Serve until told to stop, or left alone."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    threading.Thread(target=_watch_lifeline, args=(loop, stop), daemon=True).start()
    databases = Databases(folder / "databases", CertificateAuthority(folder / "certificates"), loop, _client)
    emulator.run_python_functions_on(str(make_lambda_python(folder / "python")))
    register_recorded_types()
    register_alarm_types()
    register_custom_types(_client)
    register_function_types(_client)
    register_api_gateway_types(_client)
    register_service_types(_client)
    register_database_types(_client, databases)
    register_proxy_types(_client, databases)
    register_stream_types(_client)
    register_table_types(_client)
    mend_emulator()
    mend_streams(_client)
    mend_firehose()
    mend_iam()
    mend_api_gateway()
    mend_authorizers()
    mend_api_addresses()
    mend_workflow_tasks()
    mend_workflow_sizes()
    mend_tables()
    mend_exports()
    mend_scheduler()
    mend_stacks()
    mend_faults(folder)
    certificate, key = os.environ["MINISTACK_SSL_CERT"], os.environ["MINISTACK_SSL_KEY"]
    serving = asyncio.create_task(emulator.serve(listener, certificate, key))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, stopped], return_when=asyncio.FIRST_COMPLETED)
    databases.stop_all()
    if serving.done():
        await serving  # It failed: say why.
    _leave_nothing(folder if "--temporary" in sys.argv else None)


def _leave_nothing(folder: Path | None) -> None:
    """End the functions' processes, remove the folder that they worked in, and end: clients are not waited for."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def _watch_lifeline(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Notice that whoever started this is gone, and end; by force, if it takes too long."""
    sys.stdin.buffer.read()
    loop.call_soon_threadsafe(stop.set)
    time.sleep(_GRACE)
    os.killpg(0, signal.SIGKILL)


def _client(service: str) -> Any:
    """Give the account's own client, in the region of what is at work."""
    return _client_in(service, emulator.current_region())


@cache
def _client_in(service: str, region: str) -> Any:
    return aws_client(service, os.environ | ROOT, region)


def main() -> None:
    """Serve one local AWS."""
    folder, listener = Path(sys.argv[1]), int(sys.argv[2])
    os.environ.pop("PYTHONPATH", None)  # Needed to import this; a Lambda function must not see it.
    asyncio.run(_serve(folder, listener))


if __name__ == "__main__":
    main()
