"""Where the first items of a table come from: files in S3."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3

from constructs_lib.arguments import require, require_one_of, require_within
from constructs_lib.quotas import DYNAMODB_IMPORT_HEADERS

Compression = Literal["none", "gzip", "zstd"]

_COMPRESSIONS = {
    "none": dynamodb.InputCompressionType.NONE,
    "gzip": dynamodb.InputCompressionType.GZIP,
    "zstd": dynamodb.InputCompressionType.ZSTD,
}
_DELIMITERS = (",", "\t", ":", ";", "|", " ")
_SOURCE = "Amazon DynamoDB ImportTable"


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Files in S3 that fill a table when it is made; they are read once, by who deploys, and never again.

    That identity, CloudFormation's, needs ``s3:ListBucket`` and ``s3:GetObject`` on them; nothing is granted here.
    An import costs 0.15 US$ a GB, and no write capacity. Items that do not fit the key are left out and reported to the
    log group ``/aws-dynamodb/imports``: look there, since the table may be there without them.

    Attributes:
        bucket: where the files lie.
        prefix: what their keys begin with; empty takes every object of the bucket.
        compression: of every file: ``none``, ``gzip`` or ``zstd``.
        format: how they are written.
    """

    bucket: s3.IBucket
    prefix: str
    compression: Compression
    format: dynamodb.InputFormat

    def __post_init__(self) -> None:
        """Raise `InvalidArgument` for a compression that DynamoDB does not read."""
        require_one_of("compression", self.compression, _COMPRESSIONS, _SOURCE)

    @classmethod
    def csv(
        cls,
        bucket: s3.IBucket,
        *,
        prefix: str = "",
        compression: Compression = "none",
        delimiter: str = ",",
        header: Sequence[str] | None = None,
    ) -> Self:
        r"""Import lines of values; all but keys become strings.

        Args:
            bucket: where the files lie.
            prefix: what their keys begin with.
            compression: ``none``, ``gzip`` or ``zstd``.
            delimiter: between two values: one of ``, ; : |``, a space or a tab (``\t``).
            header: the names of the columns, 1 to 255; None takes them from the first line of each file.

        Raises:
            InvalidArgument: another delimiter or compression, or too many columns.
        """
        require_one_of("delimiter", delimiter, _DELIMITERS, _SOURCE)
        if header is not None:
            require_within("header", len(header), DYNAMODB_IMPORT_HEADERS)
            require(len(set(header)) == len(header), "header", "name each column once", header, _SOURCE)
        form = dynamodb.InputFormat.csv(delimiter=delimiter, header_list=header)
        return cls(bucket, prefix, compression, form)

    @classmethod
    def dynamodb_json(cls, bucket: s3.IBucket, *, prefix: str = "", compression: Compression = "none") -> Self:
        """Import items in DynamoDB's own JSON; an export lies under ``AWSDynamoDB/<id>/data/``, compressed by gzip."""
        return cls(bucket, prefix, compression, dynamodb.InputFormat.dynamo_db_json())

    @classmethod
    def ion(cls, bucket: s3.IBucket, *, prefix: str = "", compression: Compression = "none") -> Self:
        """Import items in Amazon Ion; arguments as for `dynamodb_json`."""
        return cls(bucket, prefix, compression, dynamodb.InputFormat.ion())

    def specification(self) -> dynamodb.ImportSourceSpecification:
        """Render it for the CDK."""
        return dynamodb.ImportSourceSpecification(
            bucket=self.bucket,
            key_prefix=self.prefix or None,
            compression_type=_COMPRESSIONS[self.compression],
            input_format=self.format,
        )
