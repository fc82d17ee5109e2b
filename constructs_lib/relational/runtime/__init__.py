"""What the relational pattern runs in Lambda.

`database_users` makes the users that functions connect as; `sql_runner` runs the SQL of it where only a VPC's own
functions reach the database.
"""
