"""What functions carry: their code and their layers."""

from collections.abc import Iterator
from functools import cache

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.assets import asset_of, measure
from constructs_lib.checks.views.functions import FUNCTION
from constructs_lib.quotas import LAMBDA_PACKAGE_UNZIPPED, LAMBDA_PACKAGE_ZIPPED

_MB = 1_048_576


@rule(
    "LAMBDA-4",
    ERROR,
    f"A function and its layers have {LAMBDA_PACKAGE_UNZIPPED.maximum / _MB:g} MB at most, unzipped",
    source="https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
)
def package(assembly: Assembly) -> Iterator[Problem]:
    """Lambda refuses a larger package when the function is created, after all of it was uploaded.

    What counts are the assets that lie beside the templates: of an archive in S3, or a layer by its ARN, nothing is
    known. A zip above 50 MB is a warning, for only S3 can hand it to Lambda.
    """
    size_of = cache(measure)
    for function in assembly.of_type(FUNCTION):
        layers = [layer.target("AWS::Lambda::LayerVersion") for layer in function.at("Layers").items]
        assets = [asset_of(each) for each in (function, *layers) if each is not None]
        sizes = [size for asset in assets if asset is not None and (size := size_of(asset)) is not None]
        unzipped = sum(size.unzipped for size in sizes)
        zipped = max((size.zipped or 0 for size in sizes), default=0)
        if unzipped > LAMBDA_PACKAGE_UNZIPPED.maximum:
            yield function.at("Code").problem(
                f"{function.name} has at least {unzipped / _MB:.1f} MB of code and layers, unzipped",
                fix="Leave out what it does not need, or make it a container image, which may have 10 GB.",
            )
        elif zipped > LAMBDA_PACKAGE_ZIPPED.maximum:
            yield function.at("Code").problem(
                f"{function.name} has a package of {zipped / _MB:.1f} MB, zipped",
                fix=f"Keep it within {LAMBDA_PACKAGE_ZIPPED.maximum / _MB:g} MB, or deploy it through S3 only.",
                severity=WARNING,
            )
