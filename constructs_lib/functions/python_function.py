"""A Lambda function in Python."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from aws_cdk import Duration, RemovalPolicy, Size
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.arguments import require, require_within
from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.functions.environment import check_environment, give_environment
from constructs_lib.functions.execution_role import execution_role
from constructs_lib.functions.log_encryption import let_logs_use
from constructs_lib.functions.python_code import python_code, source_folder
from constructs_lib.functions.subnets import private_subnets
from constructs_lib.quotas import (
    LAMBDA_CONCURRENCY,
    LAMBDA_EPHEMERAL_STORAGE,
    LAMBDA_LAYERS,
    LAMBDA_MEMORY,
    LAMBDA_TIMEOUT,
)

_TRACING_MODES = {lambda_.Tracing.ACTIVE: "Active", lambda_.Tracing.PASS_THROUGH: "PassThrough"}

_HANDLER = re.compile(r"(?P<module>[\w-]+([./][\w-]+)*)\.\w+")


class PythonFunction(lambda_.Function):
    """Runs a folder of Python code: packaged without Docker, logging JSON, traced, with only the rights that it needs.

    It is an ``aws_lambda.Function``, so all that takes one takes it. Beside it stand its log group (``<id>Logs``,
    public as ``log_group``) and its role (``<id>Role``, public as ``role``), which may write to that log group, send
    traces and, in a VPC, let Lambda manage network interfaces; all else is granted. ``POWERTOOLS_SERVICE_NAME`` is set
    to the id.

    In a VPC it gets its own security group, which opens HTTPS (443) outwards and nothing else; grants such as
    ``ProxiedDatabase.grant_connect`` open what they need. Isolated subnets offer no internet: AWS services are then
    reached through the VPC's endpoints only. The library adds neither a NAT gateway nor an endpoint.

    Costs: tracing, 5 US$ per million traces after the first 100,000 a month; without invocations, nothing.

    Args:
        scope: the parent.
        id: the name in the tree.
        source: the folder with the code and, if it needs packages, a ``requirements.txt``; a relative folder is looked
            up from where ``cdk synth`` runs. See `python_code` for what is packaged and how.
        handler: ``module.function``; the module may lie in folders (``api.submit.handler``).
        runtime: a Python runtime; by default Python 3.14.
        architecture: by default arm64.
        memory_mib: 128 to 10,240 MiB; CPU grows with it (Lambda quotas).
        timeout: 1 to 900 seconds (Lambda quotas); by default 29 s, the longest that API Gateway waits.
        ephemeral_storage_mib: size of ``/tmp``, 512 to 10,240 MiB (Lambda quotas).
        vpc: where to attach the function; by default it stands outside of any VPC.
        subnets: by default the VPC's isolated subnets, or its private ones with egress if it has no isolated ones.
        security_groups: used as they are, instead of the function's own.
        environment: variables, 4 KB at most with their names (Lambda quotas).
        layers: at most 5 (Lambda quotas).
        dead_letter_queue: where an asynchronous invocation goes after its retries; by default it is lost.
        description: for the console.
        exclude: further names to leave out of the package, such as ``tests``.
        modules: further modules to package, such as ``constructs_lib.relational.client`` or one that your functions
            share; see `python_code`.
        build_from_source: packages that are published as source only, such as ``amazon-dax-client``; see `python_code`.
        reserved_concurrent_executions: how many invocations run at once, at most; they are set aside from the account's
            (1,000 by default). 0 stops the function. By default it shares them with all others.
        tracing: X-Ray.
        log_retention: how long logs are kept; not infinitely.
        log_removal_policy: what becomes of the logs when the function is removed.
        log_encryption_key: of the logs; by default a key of AWS's. An imported key must let CloudWatch Logs use it; a
            key of this app learns it here.

    Raises:
        InvalidArgument: a value outside of its limits; a source without the handler's module; modules that cannot be
            packaged; a VPC without isolated or private subnets, or public ones asked for; subnets or security groups
            without a VPC.
        PackagingError: a package cannot be installed for Lambda's platform.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: str | Path,
        handler: str = "index.handler",
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture | None = None,
        memory_mib: int = 256,
        timeout: Duration | None = None,
        ephemeral_storage_mib: int = 512,
        vpc: ec2.IVpc | None = None,
        subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        environment: Mapping[str, str] | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        dead_letter_queue: sqs.IQueue | None = None,
        description: str | None = None,
        exclude: Sequence[str] = (),
        modules: Sequence[str] = (),
        build_from_source: Sequence[str] = (),
        reserved_concurrent_executions: int | None = None,
        tracing: lambda_.Tracing = lambda_.Tracing.ACTIVE,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        log_removal_policy: RemovalPolicy = RemovalPolicy.DESTROY,
        log_encryption_key: kms.IKey | None = None,
    ) -> None:
        timeout = timeout or Duration.seconds(29)
        environment = {"POWERTOOLS_SERVICE_NAME": id, **(environment or {})}
        check_environment(environment)
        _check_limits(memory_mib, timeout, ephemeral_storage_mib, layers, log_retention)
        if reserved_concurrent_executions is not None:
            require_within("reserved_concurrent_executions", reserved_concurrent_executions, LAMBDA_CONCURRENCY)
        _check_handler(source, handler)
        _check_network(vpc, subnets, security_groups)
        runtime = runtime or lambda_.Runtime.PYTHON_3_14
        architecture = architecture or lambda_.Architecture.ARM_64
        code = python_code(
            source,
            runtime=runtime,
            architecture=architecture,
            exclude=exclude,
            modules=modules,
            build_from_source=build_from_source,
        )
        vpc_subnets = private_subnets(vpc, subnets) if vpc else None

        if log_encryption_key:
            let_logs_use(log_encryption_key)
        log_group = logs.LogGroup(
            scope,
            f"{id}Logs",
            retention=log_retention,
            removal_policy=log_removal_policy,
            encryption_key=log_encryption_key,
        )
        traced = tracing in _TRACING_MODES
        super().__init__(
            scope,
            id,
            code=code,
            handler=handler,
            runtime=runtime,
            architecture=architecture,
            memory_size=memory_mib,
            timeout=timeout,
            ephemeral_storage_size=Size.mebibytes(ephemeral_storage_mib),
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            allow_all_outbound=False if vpc and not security_groups else None,
            layers=list(layers),
            dead_letter_queue=dead_letter_queue,
            description=description,
            reserved_concurrent_executions=reserved_concurrent_executions,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            role=execution_role(scope, f"{id}Role", log_group=log_group, traced=traced, in_vpc=vpc is not None),
        )
        give_environment(self, **environment)
        if vpc and not security_groups:
            self.connections.allow_to_any_ipv4(ec2.Port.tcp(443), "HTTPS")
        if traced:
            # The constructor's argument would grant X-Ray on "*" once more, in the policy that holds what users grant.
            function = cast("lambda_.CfnFunction", self.node.default_child)
            function.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode=_TRACING_MODES[tracing])
        if not dead_letter_queue:
            acknowledge(
                self,
                "Serverless-LambdaDLQ",
                reason="No dead-letter queue was asked for: only asynchronous invocations would use one. API Gateway, "
                "Step Functions, queues and streams see the failure themselves.",
            )


def _check_limits(
    memory_mib: int,
    timeout: Duration,
    ephemeral_storage_mib: int,
    layers: Sequence[lambda_.ILayerVersion],
    log_retention: logs.RetentionDays,
) -> None:
    require_within("memory_mib", memory_mib, LAMBDA_MEMORY)
    if not timeout.is_unresolved():
        require_within("timeout", timeout.to_seconds(integral=False), LAMBDA_TIMEOUT)
    require_within("ephemeral_storage_mib", ephemeral_storage_mib, LAMBDA_EPHEMERAL_STORAGE)
    require_within("layers", len(layers), LAMBDA_LAYERS)
    finite = log_retention != logs.RetentionDays.INFINITE
    require(finite, "log_retention", "be finite", log_retention, "constructs_lib.functions.python_function")


def _check_handler(source: str | Path, handler: str) -> None:
    form = _HANDLER.fullmatch(handler)
    require(form, "handler", "have the form module.function", handler, "Define Lambda function handler in Python")
    if form:
        module = source_folder(source) / form["module"].replace(".", "/")
        found = module.with_suffix(".py").is_file() or (module / "__init__.py").is_file()
        require(found, "handler", f"name a module in {source}", handler, "Define Lambda function handler in Python")


def _check_network(
    vpc: ec2.IVpc | None, subnets: ec2.SubnetSelection | None, security_groups: Sequence[ec2.ISecurityGroup] | None
) -> None:
    for name, value in (("subnets", subnets), ("security_groups", security_groups)):
        require(vpc or not value, name, "come with a vpc", value, "constructs_lib.functions.python_function")
