"""A custom resource: a database user that logs in by IAM, with just the rights asked for."""
