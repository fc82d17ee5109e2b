"""boto3's DynamoDB resource with a `DaxCluster` before its tables; never imports aws_cdk.

``from constructs_lib.items.client import dynamodb``, and then ``dynamodb()`` where ``boto3.resource("dynamodb")`` was.

The function's ``requirements.txt`` names ``aws-lambda-powertools``, ``amazon-dax-client`` (2.1 or later) and ``boto3``,
since Amazon's client brings a botocore that the boto3 of Lambda's runtime may not fit. That client is published as
source only: name it in `PythonFunction`'s ``build_from_source`` as well.
"""

from constructs_lib.items.client.cached_resource import dynamodb as dynamodb
from constructs_lib.items.client.write_in_doubt import WriteInDoubtError as WriteInDoubtError
