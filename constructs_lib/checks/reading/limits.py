"""How much is read, so that no file takes all time or memory; CloudFormation itself takes a template of 1 MB.

Source: CloudFormation quotas, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

LARGEST_FILE = 64 * 1024 * 1024
"""In bytes."""

DEEPEST = 200
"""How many lists and objects may hold each other."""

MOST_REPEATED = 100_000
"""How many values YAML's aliases may stand for."""
