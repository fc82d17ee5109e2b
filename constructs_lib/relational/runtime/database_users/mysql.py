"""What MySQL is told to make a user: statements that each may be repeated, since MySQL has no transaction around them.

What is wanted is granted before the rest is revoked, so that a function that runs meanwhile never loses what it keeps.
The rights are those on the one database; what somebody granted elsewhere by hand is left alone.

Triggers, views and routines belong to whoever made them and run with its rights. When a writer becomes a reader or is
dropped, those it made fail from then on: have migrations make them, as the master user.
"""

from .names import require_plain
from .passwords import require_plain_password

# A trigger is how a changed row calls Lambda.
_WRITER = (
    "SELECT, INSERT, UPDATE, DELETE, EXECUTE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, "
    "CREATE TEMPORARY TABLES, LOCK TABLES, TRIGGER"
)
_NOT_WRITER = "CREATE ROUTINE, ALTER ROUTINE, EVENT, GRANT OPTION"
_READER = "SELECT, SHOW VIEW"
_NOT_READER = (
    "INSERT, UPDATE, DELETE, EXECUTE, CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, "
    f"CREATE TEMPORARY TABLES, LOCK TABLES, TRIGGER, {_NOT_WRITER}"
)

_BY_IAM = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'"
# Named in MySQL, where a user who is altered else keeps the plugin it has; MariaDB skips this kind of comment.
_BY_PASSWORD = "IDENTIFIED /*!80000 WITH caching_sha2_password */ BY '{password}'"  # noqa: S105 - a template


def provision(
    user: str, *, database: str, read_only: bool, password: str | None = None, invokes_lambda: bool | None = None
) -> list[str]:
    """Return the statements that make a user who reads, or reads and writes, in this order; harmless to repeat.

    Args:
        user: its name; it may come from any host, over TLS only.
        database: the only database on which it gets rights.
        read_only: whether it reads only.
        password: what it logs in by; by default by IAM. It stands in the statements.
        invokes_lambda: whether it may call Lambda functions (Aurora MySQL 3), or may no longer. By default this stays
            as it is: MySQL refuses to revoke what was never granted, or a role that only Aurora has.

    Raises:
        ValueError: a name or the password is not plain. They stand in the statements, so this is checked here too.
    """
    require_plain("mysql", user, database)
    account = f"'{user}'@'%'"
    login = _login(password)
    granted, revoked = (_READER, _NOT_READER) if read_only else (_WRITER, _NOT_WRITER)
    # In a grant, an underscore stands for any character: rights on app_x would be rights on appyx.
    tables = f"`{database}`.*".replace("_", r"\_")
    return [
        f"CREATE USER IF NOT EXISTS {account} {login} REQUIRE SSL",
        f"ALTER USER {account} {login} REQUIRE SSL ACCOUNT UNLOCK",
        f"GRANT {granted} ON {tables} TO {account}",
        f"REVOKE {revoked} ON {tables} FROM {account}",
        *_lambda_rights(account, invokes_lambda),
    ]


def drop(user: str, *, database: str) -> list[str]:
    """Return the statement that drops a user; harmless if there is none.

    Tables have no owner in MySQL and stay. The user goes with its rights on all databases of the server.

    Raises:
        ValueError: a name is not plain.
    """
    require_plain("mysql", user, database)
    return [f"DROP USER IF EXISTS '{user}'@'%'"]


def _login(password: str | None) -> str:
    if password is None:
        return _BY_IAM
    require_plain_password(password)
    return _BY_PASSWORD.format(password=password)


def _lambda_rights(account: str, invokes_lambda: bool | None) -> list[str]:
    grant = f"GRANT AWS_LAMBDA_ACCESS TO {account}"
    if invokes_lambda is None:
        return []
    if invokes_lambda:
        return [grant]
    # Granted again first, since it may be gone already: a deployment that failed half-way is rolled back by this, too.
    return [grant, f"REVOKE AWS_LAMBDA_ACCESS FROM {account}"]
