"""Every AWS limit that the library knows: value, unit and source. Constructs and checks both read it here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """A documented range, both ends included."""

    minimum: float
    maximum: float
    unit: str
    source: str
    """The title of the AWS documentation page that says so."""
    whole: bool = True
    """Whether only whole numbers of the unit count."""

    def __contains__(self, value: float) -> bool:
        """Whether a value is in the range, and whole where it must be."""
        return self.minimum <= value <= self.maximum and (not self.whole or value == int(value))

    def __str__(self) -> str:
        """Read as the rule in a sentence: ``128 to 10240 MiB``."""
        return f"{self.minimum:g} to {self.maximum:.10g} {self.unit}".rstrip()


_LAMBDA = "Lambda quotas"

LAMBDA_MEMORY = Quota(128, 10_240, "MiB", _LAMBDA)
LAMBDA_TIMEOUT = Quota(1, 900, "seconds", _LAMBDA)
LAMBDA_CONCURRENCY = Quota(0, 100_000, "executions", "Configuring reserved concurrency for a function")
"""What an account has at most is its own quota, 1,000 by default; 100 of it stay unreserved."""
LAMBDA_EPHEMERAL_STORAGE = Quota(512, 10_240, "MiB", _LAMBDA)
LAMBDA_ENVIRONMENT = Quota(0, 4_096, "bytes", _LAMBDA)
LAMBDA_LAYERS = Quota(0, 5, "layers", _LAMBDA)
LAMBDA_PACKAGE_UNZIPPED = Quota(0, 262_144_000, "bytes", _LAMBDA)
"""With its layers: 250 MB."""
LAMBDA_PACKAGE_ZIPPED = Quota(0, 52_428_800, "bytes", _LAMBDA)
"""For direct upload: 50 MB. The CDK uploads through S3, where only the unzipped limit holds."""

API_GATEWAY_INTEGRATION_TIMEOUT = Quota(0.05, 29, "seconds", "Amazon API Gateway quotas for REST APIs", whole=False)

SQS_VISIBILITY_TIMEOUT = Quota(0, 43_200, "seconds", "Amazon SQS message quotas")
SQS_MAX_RECEIVE_COUNT = Quota(1, 1_000, "receives", "Amazon SQS SetQueueAttributes")

DYNAMODB_RECOVERY_DAYS = Quota(1, 35, "days", "Point-in-time recovery for DynamoDB")
DYNAMODB_KEY_NAME_LENGTH = Quota(1, 255, "characters", "Naming rules and data types in Amazon DynamoDB")
DYNAMODB_INDEXES = Quota(0, 20, "global secondary indexes", "Quotas in Amazon DynamoDB")
DYNAMODB_STREAM_CONSUMERS = Quota(0, 2, "consumers a shard", "Change data capture for DynamoDB Streams")
DYNAMODB_STREAM_RECORD_AGE = Quota(60, 86_400, "seconds", "Change data capture for DynamoDB Streams")
"""A table's own stream forgets a record after 24 hours."""
LAMBDA_STREAM_BATCH_SIZE = Quota(1, 10_000, "records", "Lambda event source mapping parameters for DynamoDB")
LAMBDA_STREAM_RETRIES = Quota(0, 10_000, "retries", "Lambda event source mapping parameters for DynamoDB")
LAMBDA_STREAM_RECORD_AGE = Quota(60, 604_800, "seconds", "Lambda event source mapping parameters for DynamoDB")
DAX_NODES = Quota(1, 11, "nodes", "Quotas in Amazon DynamoDB")

APPROVAL_TIMEOUT = Quota(1, 364 * 24 * 3600, "seconds", "Step Functions service quotas")
"""A standard execution runs for at most one year, and a day is left to tell the outcome."""
STEP_FUNCTIONS_STATE_NAME_LENGTH = Quota(1, 80, "characters", "Step Functions service quotas")
APPROVAL_SUMMARY_LENGTH = Quota(1, 1_000, "characters", "constructs_lib.approval")
"""A summary is in lists, messages and events; what is longer belongs in the details."""
APPROVAL_REQUESTER_LENGTH = Quota(0, 320, "characters", "constructs_lib.approval")
"""An e-mail address, the longest name of a person that there is (RFC 3696), fits; it is in every message."""
APPROVAL_DETAILS_LENGTH = Quota(0, 20_000, "characters", "constructs_lib.approval")
"""A workflow is told the answer, with up to ten comments, together with the question: six bytes for each character of
both are within the 256 KiB of a result (Step Functions quotas)."""
APPROVAL_QUORUM = Quota(1, 10, "approvers", "constructs_lib.approval")
"""The comments of so many fit beside 256 KB of details in one item of 400 KB."""
APPROVAL_REMINDERS = Quota(0, 100, "reminders", "constructs_lib.approval")
"""So many stay far below the 25,000 events that an execution's history may have."""
APPROVAL_RETENTION = Quota(1, 3_650, "days", "constructs_lib.approval", whole=False)

_COGNITO = "Quotas in Amazon Cognito"
COGNITO_GROUP_NAME = Quota(1, 128, "characters", "Amazon Cognito CreateGroup")
COGNITO_REDIRECT_URLS = Quota(1, 100, "URLs", _COGNITO)
COGNITO_TOKEN_LIFETIME = Quota(300, 86_400, "seconds", _COGNITO)
"""Of access and id tokens: 5 minutes to 1 day."""
COGNITO_REFRESH_TOKEN_LIFETIME = Quota(3_600, 315_360_000, "seconds", _COGNITO)
"""60 minutes to 10 years."""
COGNITO_PRINCIPAL_TAGS = Quota(1, 50, "tags", "Pass session tags in AWS STS")
COGNITO_RESOURCE_SERVERS = Quota(0, 25, "resource servers", _COGNITO)
COGNITO_SCOPES = Quota(1, 100, "scopes", _COGNITO)
"""Of a resource server."""
COGNITO_CLIENT_SCOPES = Quota(1, 50, "scopes", _COGNITO)
COGNITO_SCOPE_TEXT = Quota(1, 256, "characters", "Amazon Cognito ResourceServerScopeType")
"""Of a resource server's identifier, a scope's name and its description."""

AURORA_CAPACITY = Quota(0, 256, "ACUs", "Aurora Serverless v2 capacity", whole=False)
"""In steps of 0.5."""
AURORA_MAX_CAPACITY = Quota(1, 256, "ACUs", "Aurora Serverless v2 capacity", whole=False)
AURORA_READERS = Quota(0, 15, "readers", "Quotas and constraints for Amazon Aurora")
RDS_BACKUP_RETENTION = Quota(1, 35, "days", "Overview of backing up and restoring an Aurora DB cluster")
RDS_STORAGE = Quota(20, 65_536, "GiB", "Amazon RDS DB instance storage")
"""Of General Purpose SSD (gp3)."""
RDS_STORAGE_GROWTH = Quota(10, 327_580, "percent", "Managing capacity automatically with RDS storage autoscaling")
"""How far the storage may grow: the maximum lies that much above what there is to begin with."""
RDS_PROXY_BORROW_TIMEOUT = Quota(0, 300, "seconds", "ConnectionPoolConfiguration, Amazon RDS API Reference")
"""0 waits without end."""
RDS_PROXY_IDLE_CLIENT_TIMEOUT = Quota(1, 28_800, "seconds", "RDS Proxy connection considerations")
RDS_PROXY_CONNECTIONS = Quota(1, 100, "percent", "ConnectionPoolConfiguration, Amazon RDS API Reference")

API_GATEWAY_MODEL_SIZE = Quota(0, 400, "KB", "Amazon API Gateway quotas for REST APIs", whole=False)
API_GATEWAY_AUTHORIZER_TTL = Quota(0, 3_600, "seconds", "Amazon API Gateway CreateAuthorizer")
EVENT_SOURCE_LENGTH = Quota(1, 256, "characters", "Amazon EventBridge PutEventsRequestEntry")
EVENT_DETAIL_TYPE_LENGTH = Quota(1, 128, "characters", "Amazon EventBridge PutEventsRequestEntry")

DYNAMODB_LOCAL_INDEXES = Quota(0, 5, "local secondary indexes", "Quotas in Amazon DynamoDB")
DYNAMODB_INDEX_ATTRIBUTES = Quota(1, 20, "attributes", "Amazon DynamoDB Projection")
DYNAMODB_ALL_INDEX_ATTRIBUTES = Quota(0, 100, "attributes in all indexes together", "Quotas in Amazon DynamoDB")
"""Of those that are named; an index of all attributes or of keys only does not count."""
DYNAMODB_CAPACITY = Quota(1, 2_147_483_647, "units", "AWS::DynamoDB::GlobalTable CapacityAutoScalingSettings")
"""What a table may have at most is a quota of the account: 40,000 by default."""
DYNAMODB_TARGET_UTILIZATION = Quota(20, 90, "percent", "Managing throughput capacity automatically with auto scaling")
DYNAMODB_WARM_READS = Quota(12_000, 2_147_483_647, "read units a second", "Understanding DynamoDB warm throughput")
DYNAMODB_WARM_WRITES = Quota(4_000, 2_147_483_647, "write units a second", "Understanding DynamoDB warm throughput")
"""A new table on demand has as much already; warm throughput can be raised only."""
DYNAMODB_IMPORT_HEADERS = Quota(1, 255, "columns", "Amazon DynamoDB CsvOptions")

LAMBDA_STREAM_FILTERS = Quota(0, 10, "patterns", "Lambda quotas")
"""Of an event source mapping: 5 by default, 10 on request."""
LAMBDA_STREAM_BATCH_WINDOW = Quota(0, 300, "seconds", "Lambda event source mapping parameters for DynamoDB")
LAMBDA_STREAM_PARALLELIZATION = Quota(1, 10, "batches a shard", "Lambda event source mapping parameters for DynamoDB")
_KINESIS = "Quotas and limits, Amazon Kinesis Data Streams"
KINESIS_RETENTION = Quota(24, 8_760, "hours", "Change the data retention period, Amazon Kinesis Data Streams")
KINESIS_SHARDS = Quota(1, 20_000, "shards", _KINESIS)
"""Of an account in the largest regions; less in others, more on request."""
KINESIS_FAN_OUT_CONSUMERS = Quota(0, 20, "consumers with enhanced fan-out", _KINESIS)
FIREHOSE_BUFFER_SIZE = Quota(1, 128, "MiB", "Amazon Data Firehose BufferingHints")
FIREHOSE_BUFFER_INTERVAL = Quota(0, 900, "seconds", "Amazon Data Firehose BufferingHints")
FIREHOSE_PARTITIONED_BUFFER_SIZE = Quota(64, 128, "MiB", "Dynamic partitioning in Amazon Data Firehose")
FIREHOSE_PARTITIONED_BUFFER_INTERVAL = Quota(60, 900, "seconds", "Dynamic partitioning in Amazon Data Firehose")
FIREHOSE_PARTITION_KEYS = Quota(0, 50, "partition keys", "Dynamic partitioning in Amazon Data Firehose")
S3_LIFECYCLE_DAYS = Quota(1, 2_147_483_647, "days", "Amazon S3 LifecycleExpiration")

ACM_NAME_LENGTH = Quota(1, 64, "characters", "AWS Certificate Manager RequestCertificate")
"""Of the first name of a certificate that ACM makes; an imported one may have a longer."""

WAF_RATE_LIMIT = Quota(10, 2_000_000_000, "requests", "RateBasedStatement, AWS WAFV2 API Reference")

API_GATEWAY_BASE_PATH_LENGTH = Quota(
    1, 300, "characters", "Use API mappings to connect API stages to a custom domain name for REST APIs"
)

_EXPORT = "DynamoDB data export to Amazon S3"
DYNAMODB_EXPORT_WINDOW = Quota(15, 1_440, "minutes", _EXPORT)
"""Of an incremental export: 15 minutes to 24 hours."""
DYNAMODB_EXPORT_PREFIX_LENGTH = Quota(1, 1_024, "characters", "Amazon DynamoDB ExportTableToPointInTime")
BACKUP_COLD_STORAGE_DAYS = Quota(1, 35_635, "days", "AWS Backup Lifecycle")
BACKUP_RETENTION_DAYS = Quota(1, 36_500, "days", "AWS Backup Vault Lock")
BACKUP_LOCK_GRACE_DAYS = Quota(3, 36_500, "days", "AWS Backup Vault Lock")
"""For how long a lock in compliance mode can still be changed."""

HTTP_API_INTEGRATION_TIMEOUT = Quota(0.05, 30, "seconds", "Quotas for configuring and running an HTTP API", whole=False)
SQS_VISIBILITY_TO_FUNCTION_TIMEOUT = 6
"""How many of a function's timeouts a queue keeps a message hidden for, at least (Configuring a queue for Lambda)."""
_EDGE = "Quotas on Lambda@Edge"
LAMBDA_EDGE_VIEWER_MEMORY = Quota(128, 128, "MiB", _EDGE)
LAMBDA_EDGE_VIEWER_TIMEOUT = Quota(1, 5, "seconds", _EDGE)
LAMBDA_EDGE_ORIGIN_TIMEOUT = Quota(1, 30, "seconds", _EDGE)
LAMBDA_EDGE_EPHEMERAL_STORAGE = Quota(512, 512, "MiB", "Restrictions on Lambda@Edge")
CLOUDFRONT_FUNCTION_SIZE = Quota(0, 10_240, "bytes", "Quotas on CloudFront Functions")
