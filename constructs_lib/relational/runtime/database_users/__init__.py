"""A custom resource: a user of a database with just the rights asked for, in PostgreSQL or MySQL."""
