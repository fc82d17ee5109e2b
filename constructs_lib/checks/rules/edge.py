"""Code at the edge: Lambda@Edge and CloudFront Functions."""

import re
from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.model.values import UNKNOWN
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.assets import asset_of, script_of
from constructs_lib.checks.views.distribution import Association, associations, behaviors
from constructs_lib.quotas import (
    CLOUDFRONT_FUNCTION_SIZE,
    LAMBDA_EDGE_EPHEMERAL_STORAGE,
    LAMBDA_EDGE_ORIGIN_TIMEOUT,
    LAMBDA_EDGE_VIEWER_MEMORY,
    LAMBDA_EDGE_VIEWER_TIMEOUT,
)

_GUIDE = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide"
_HOME = "us-east-1"
_BEYOND_A_FUNCTION = re.compile(r"\b(require|import|fetch|process|WebSocket|setTimeout|setInterval|setImmediate)\b")
"""What CloudFront Functions lack, as far as code shows it: modules, the network, the environment, timers."""


@rule(
    "EDGE-1",
    ERROR,
    "Lambda@Edge is a numbered version of an x86_64 function in us-east-1 without environment or VPC",
    source=f"{_GUIDE}/lambda-at-edge-function-restrictions.html",
)
def edge_restrictions(assembly: Assembly) -> Iterator[Problem]:
    """CloudFront refuses any other function, after the distribution has been deploying for minutes.

    A version is followed to its function, also in another stack and through the parameter that CDK's ``EdgeFunction``
    reads it from; an ARN counts as far as it is known, and so does the region of the stack.
    """
    for association in associations(assembly):
        arn, function = association.place.at("LambdaFunctionARN"), association.function
        if association.unfit_version:
            yield arn.problem(
                f"the distribution {arn.resource.name} is given {association.unfit_version} of a function",
                fix="Give it the ARN of a numbered version.",
            )
        if association.region not in ("", _HOME):
            name = "a function" if function is None else function.name
            yield arn.problem(
                f"the distribution {arn.resource.name} is given {name} in {association.region}",
                fix=f"Deploy the function in {_HOME}.",
            )
        if function is not None:
            for place, what in _unsupported(function):
                yield place.problem(
                    f"{function.name} is at the edge, but has {what}", fix="Do without, or run the function elsewhere."
                )


def _unsupported(function: Resource) -> Iterator[tuple[Place, str]]:
    """Name what a function surely has that Lambda@Edge does not take."""
    variables, subnets = function.at("Environment", "Variables"), function.at("VpcConfig", "SubnetIds")
    layers, architectures = function.at("Layers"), function.at("Architectures")
    dead_letters, storage = function.at("DeadLetterConfig", "TargetArn"), function.at("EphemeralStorage", "Size")
    package, runtime = function.at("PackageType"), function.at("Runtime")
    if any(_is_there(value) for _, value in variables.entries):
        yield variables, "environment variables"
    if any(_is_there(subnet) for subnet in subnets.items):
        yield subnets, "a VPC"
    if any(_is_there(layer) for layer in layers.items):
        yield layers, "layers"
    if any(architecture.text == "arm64" for architecture in architectures.items):
        yield architectures, "the architecture arm64"
    if _is_there(dead_letters):
        yield dead_letters, "a dead-letter queue"
    if storage.number is not None and storage.number not in LAMBDA_EDGE_EPHEMERAL_STORAGE:
        yield storage, f"{storage.number:g} MiB of ephemeral storage"
    if package.text == "Image":
        yield package, "a container image"
    if runtime.text is not None and not runtime.text.startswith(("nodejs", "python")):
        yield runtime, f"the runtime {runtime.text}"


def _is_there(place: Place) -> bool:
    return place.value is not None and place.value is not UNKNOWN


@rule(
    "EDGE-2",
    ERROR,
    f"Lambda@Edge has {LAMBDA_EDGE_VIEWER_MEMORY.maximum} MiB and {LAMBDA_EDGE_VIEWER_TIMEOUT.maximum} seconds at most "
    f"at the viewer, {LAMBDA_EDGE_ORIGIN_TIMEOUT.maximum} seconds at the origin",
    source=f"{_GUIDE}/cloudfront-limits.html#limits-lambda-at-edge",
)
def edge_quotas(assembly: Assembly) -> Iterator[Problem]:
    """CloudFront refuses a function with more, after the distribution has been deploying for minutes.

    Sizes and times that are known at deployment only are no findings.
    """
    for association in associations(assembly):
        function, at = association.function, association.is_at
        if function is None:
            continue
        memory, timeout = function.at("MemorySize"), function.at("Timeout")
        if at == "viewer" and (memory.number or 0) > LAMBDA_EDGE_VIEWER_MEMORY.maximum:
            yield memory.problem(
                f"{function.name} is at the viewer, but has {memory.number:g} MiB of memory",
                fix=f"Give it {LAMBDA_EDGE_VIEWER_MEMORY.maximum} MiB, or move it to the origin.",
            )
        limit = {"viewer": LAMBDA_EDGE_VIEWER_TIMEOUT, "origin": LAMBDA_EDGE_ORIGIN_TIMEOUT}.get(at)
        if limit is not None and (timeout.number or 0) > limit.maximum:
            yield timeout.problem(
                f"{function.name} is at the {at}, but has a timeout of {timeout.number:g} seconds",
                fix=f"Give it {limit}.",
            )


@rule(
    "EDGE-3",
    ERROR,
    f"A CloudFront Function has {CLOUDFRONT_FUNCTION_SIZE.maximum} bytes of code at most",
    source=f"{_GUIDE}/cloudfront-limits.html#limits-functions",
)
def function_size(assembly: Assembly) -> Iterator[Problem]:
    """CloudFront refuses larger code when the function is created, and the quota cannot be raised.

    Of code that is known in part, such as a text with an id in it, the known part counts.
    """
    for function in assembly.of_type("AWS::CloudFront::Function"):
        code = function.at("FunctionCode")
        size = _size(code.known_text)
        if size > CLOUDFRONT_FUNCTION_SIZE.maximum:
            yield code.problem(
                f"{function.name} has at least {size} bytes of code",
                fix=f"Keep it within {CLOUDFRONT_FUNCTION_SIZE.maximum} bytes: keep data in a key value store.",
            )


@rule(
    "EDGE-4",
    WARNING,
    "What a CloudFront Function can do at the viewer, Lambda@Edge does not",
    source=f"{_GUIDE}/edge-functions-choosing.html",
)
def needless_edge_lambda(assembly: Assembly) -> Iterator[Problem]:
    """A CloudFront Function answers in under a millisecond, in every edge location, for less.

    Judged is JavaScript in the template, or in an asset of one file, that needs no module, no network, no timer and
    no body of the request. One behavior cannot have both kinds at the viewer, so all of its viewer functions must be
    of this sort. Code elsewhere is not known.
    """
    for behavior in behaviors(assembly):
        at_viewer = [association for association in behavior if association.is_at != "origin"]
        if all(_fits_a_cloudfront_function(association) for association in at_viewer):
            for association in at_viewer:
                function = association.function
                name = function.name if function else ""
                yield association.place.problem(
                    f"{name} runs as Lambda@Edge at the viewer, and needs nothing that a CloudFront Function lacks",
                    fix="Make it a CloudFront Function.",
                )


def _fits_a_cloudfront_function(association: Association) -> bool:
    function, body = association.function, association.place.at("IncludeBody")
    if function is None or association.is_at != "viewer" or not (body.missing or body.flag is False):
        return False
    code = _script(function)
    return 0 < _size(code) <= CLOUDFRONT_FUNCTION_SIZE.maximum and not _BEYOND_A_FUNCTION.search(code)


def _script(function: Resource) -> str:
    """Give a function's JavaScript; empty if it is not known, or of another language."""
    if not (function.at("Runtime").text or "").startswith("nodejs"):
        return ""
    asset = asset_of(function)
    return function.at("Code", "ZipFile").text or (script_of(asset) if asset is not None else "")


def _size(code: str) -> int:
    return len(code.encode(errors="replace"))
