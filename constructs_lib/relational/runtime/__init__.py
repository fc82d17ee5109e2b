"""What the relational pattern runs in Lambda: `database_users` makes the users that functions connect as."""
