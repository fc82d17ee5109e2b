"""A CDK app of plain aws-cdk-lib, deployed to the local AWS by the tests."""
