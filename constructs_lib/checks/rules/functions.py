"""Lambda functions in their limits."""

from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import ERROR
from constructs_lib.checks.model.values import UNKNOWN
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.functions import FUNCTION
from constructs_lib.quotas import (
    LAMBDA_ENVIRONMENT,
    LAMBDA_EPHEMERAL_STORAGE,
    LAMBDA_LAYERS,
    LAMBDA_MEMORY,
    LAMBDA_TIMEOUT,
)

_LIMITS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"


@rule("LAMBDA-1", ERROR, f"A function has {LAMBDA_MEMORY} of memory", source=_LIMITS)
def memory(assembly: Assembly) -> Iterator[Problem]:
    """Lambda refuses other sizes when the function is created, in the middle of a deployment.

    A size that is known at deployment only is no finding; nor is one of a function on managed instances, which take
    more.
    """
    for function in assembly.of_type(FUNCTION):
        size = function.at("MemorySize")
        if (
            size.number is not None
            and size.number not in LAMBDA_MEMORY
            and function.at("CapacityProviderConfig").missing
        ):
            yield size.problem(f"{function.name} has {size.number:g} MiB of memory", fix=f"Give it {LAMBDA_MEMORY}.")


@rule("LAMBDA-2", ERROR, f"A function's timeout is {LAMBDA_TIMEOUT}", source=_LIMITS)
def timeout(assembly: Assembly) -> Iterator[Problem]:
    """Lambda refuses other timeouts when the function is created, and stops every invocation after 15 minutes.

    Work that takes longer belongs in a workflow or in a container. A timeout that is known at deployment only is no
    finding.
    """
    for function in assembly.of_type(FUNCTION):
        time = function.at("Timeout")
        if time.number is not None and time.number not in LAMBDA_TIMEOUT:
            yield time.problem(
                f"{function.name} has a timeout of {time.number:g} seconds", fix=f"Give it {LAMBDA_TIMEOUT}."
            )


@rule("LAMBDA-3", ERROR, f"A function has {LAMBDA_EPHEMERAL_STORAGE} of ephemeral storage", source=_LIMITS)
def ephemeral_storage(assembly: Assembly) -> Iterator[Problem]:
    """Lambda refuses other sizes of ``/tmp`` when the function is created.

    A size that is known at deployment only is no finding.
    """
    for function in assembly.of_type(FUNCTION):
        size = function.at("EphemeralStorage", "Size")
        if size.number is not None and size.number not in LAMBDA_EPHEMERAL_STORAGE:
            yield size.problem(
                f"{function.name} has {size.number:g} MiB of ephemeral storage",
                fix=f"Give it {LAMBDA_EPHEMERAL_STORAGE}.",
            )


@rule("LAMBDA-5", ERROR, "A function's environment and layers stay within Lambda's quotas", source=_LIMITS)
def environment_and_layers(assembly: Assembly) -> Iterator[Problem]:
    """Lambda refuses an environment above 4 KB, and more than five layers, when the function is created.

    Of a value that is known in part, such as an address with an id in it, the known part counts; of a layer that may
    be left out by a condition, nothing.
    """
    for function in assembly.of_type(FUNCTION):
        variables = function.at("Environment", "Variables")
        size = sum(
            len((name + value.known_text).encode(errors="replace"))
            for name, value in variables.entries
            if value.value not in (None, UNKNOWN)
        )
        if size > LAMBDA_ENVIRONMENT.maximum:
            yield variables.problem(
                f"the environment of {function.name} has at least {size} bytes",
                fix=f"Keep it within {LAMBDA_ENVIRONMENT.maximum} bytes, and the rest in Parameter Store or S3.",
            )
        layers = function.at("Layers")
        count = sum(layer.value is not UNKNOWN for layer in layers.items)
        if count > LAMBDA_LAYERS.maximum:
            yield layers.problem(
                f"{function.name} has {count} layers", fix=f"Merge them into {LAMBDA_LAYERS.maximum} at most."
            )


@rule(
    "LAMBDA-6",
    ERROR,
    "A function in a VPC is in private or isolated subnets",
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html",
)
def public_subnet(assembly: Assembly) -> Iterator[Problem]:
    """A function's network interface has no public address, so an internet gateway leads it nowhere.

    Each call to the internet then hangs until the function times out. A subnet is public if the assembly gives it a
    route to an internet gateway; of subnets that only ids name, nothing is known. A function that may speak IPv6 does
    get out this way, and is no finding.
    """
    for function in assembly.of_type(FUNCTION):
        network = function.at("VpcConfig")
        subnets = network.at("SubnetIds")
        public = assembly.network.public_subnets(subnets)
        dual_stack = network.at("Ipv6AllowedForDualStack")
        if public and (dual_stack.missing or dual_stack.flag is False):
            names = ", ".join(subnet.name for subnet in public)
            yield subnets.problem(
                f"{function.name} is in public subnets: {names}",
                fix="Put it in private subnets behind a NAT gateway, or in isolated ones if it needs no internet.",
            )
