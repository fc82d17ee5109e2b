"""What PostgreSQL is told to make a user: one statement, so that all of it happens or nothing.

Users have no rights of their own; two groups do. Members of ``<database>_readers`` read every table in the schema
``public``, members of ``<database>_writers`` read and write them and may create new ones. A table belongs to whoever
creates it, and PostgreSQL asks the creator who else may use it. So every writer, and the master user who may run
migrations, gets *default privileges*: what they create from now on, both groups may use at once.

Two traps on RDS shape the statement. To set a writer's default privileges, the master user must be a member of the
writer; but a member of a member of ``rds_iam`` can no longer log in by password. The membership therefore begins and
ends inside the statement, and nobody ever sees it. And PostgreSQL fails when two sessions change the same rights at the
same time, which deployments do; a lock makes the second wait.

No colon may stand in a statement: the Data API would take what follows for a parameter.
"""

from .names import groups_of, require_plain
from .passwords import require_plain_password, scram_verifier

_LOCK = 5_720_318_446_121_507_842
"""Any number, the same for all who change users with this library."""

_PROVISION = """
DO $$
DECLARE
  owner text;
  object text;
  kind text;
  is_member boolean;
BEGIN
  PERFORM pg_advisory_xact_lock({lock});

  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{readers}') THEN CREATE ROLE "{readers}" NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{writers}') THEN CREATE ROLE "{writers}" NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}') THEN CREATE ROLE "{user}"; END IF;
  ALTER ROLE "{user}" LOGIN;
  GRANT "{writers}" TO CURRENT_USER;

  REVOKE CREATE ON SCHEMA public FROM PUBLIC;
  GRANT CONNECT ON DATABASE "{database}" TO "{readers}", "{writers}";
  GRANT USAGE ON SCHEMA public TO "{readers}", "{writers}";
  GRANT CREATE ON SCHEMA public TO "{writers}";

  is_member = pg_has_role(CURRENT_USER, '{user}', 'USAGE');
  IF NOT is_member THEN GRANT "{user}" TO CURRENT_USER; END IF;

  FOREACH owner IN ARRAY ARRAY[CURRENT_USER, '{user}'] LOOP
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public
      GRANT SELECT ON TABLES TO "{readers}"', owner);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public
      GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{writers}"', owner);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public
      GRANT USAGE, SELECT ON SEQUENCES TO "{writers}"', owner);
    FOR object, kind IN
      SELECT relname, relkind FROM pg_class
      WHERE relnamespace = to_regnamespace('public') AND pg_get_userbyid(relowner) = owner
    LOOP
      IF kind IN ('r', 'p', 'v', 'm', 'f') THEN
        EXECUTE format('GRANT SELECT ON public.%I TO "{readers}"', object);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO "{writers}"', object);
      ELSIF kind = 'S' THEN
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE public.%I TO "{writers}"', object);
      END IF;
    END LOOP;
  END LOOP;

  {membership}
  {lambda_rights}

  IF NOT is_member THEN REVOKE "{user}" FROM CURRENT_USER; END IF;
  {login}
END $$
"""

_LOGIN_BY_IAM = """
  ALTER ROLE "{user}" PASSWORD NULL;
  GRANT rds_iam TO "{user}";
"""

# RDS lets no member of rds_iam in by a password. What stands for the password has two colons.
_LOGIN_BY_PASSWORD = """
  REVOKE rds_iam FROM "{user}";
  EXECUTE format('ALTER ROLE "{user}" PASSWORD %L', replace('{verifier}', '~', chr(58)));
"""  # noqa: S105 - a template

_MEMBERSHIP_OF_WRITER = """
  GRANT "{writers}" TO "{user}";
  REVOKE "{readers}" FROM "{user}";
"""

# Whoever owns a table may write it, so a user who may only read from now on hands on what it made as a writer.
_MEMBERSHIP_OF_READER = """
  REASSIGN OWNED BY "{user}" TO "{writers}";
  GRANT "{readers}" TO "{user}";
  REVOKE "{writers}" FROM "{user}";
"""

_MAY_INVOKE_LAMBDA = """
  CREATE EXTENSION IF NOT EXISTS aws_lambda CASCADE;
  GRANT USAGE ON SCHEMA aws_lambda, aws_commons TO "{user}";
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_lambda, aws_commons TO "{user}";
"""

# What is in aws_commons composes ARNs and addresses, also for those who were let import from S3: that may stay.
_MAY_NOT_INVOKE_LAMBDA = """
  IF has_schema_privilege('{user}', to_regnamespace('aws_lambda'), 'USAGE') THEN
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_lambda FROM "{user}";
    REVOKE USAGE ON SCHEMA aws_lambda FROM "{user}";
  END IF;
"""

_DROP = """
DO $$
BEGIN
  PERFORM pg_advisory_xact_lock({lock});
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}') THEN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{writers}') THEN CREATE ROLE "{writers}" NOLOGIN; END IF;
    GRANT "{writers}", "{user}" TO CURRENT_USER;
    REASSIGN OWNED BY "{user}" TO "{writers}";
    DROP OWNED BY "{user}";
    DROP ROLE "{user}";
  END IF;
END $$
"""


def provision(
    user: str, *, database: str, read_only: bool, password: str | None = None, invokes_lambda: bool | None = None
) -> list[str]:
    """Return the one statement that makes a user who reads, or reads and writes; harmless to repeat.

    Args:
        user: its name.
        database: the database, which the statement must run in.
        read_only: whether it reads only; what it owned as a writer then goes to the group of writers.
        password: what it logs in by; by default by IAM. It does not stand in the statement, only what proves it does.
        invokes_lambda: whether it may call Lambda functions, by the extension ``aws_lambda``; by default it may not.

    Raises:
        ValueError: a name or the password is not plain. They stand in the statement, so this is checked here too.
    """
    require_plain("postgres", user, database)
    names = _names(user, database)
    membership = _MEMBERSHIP_OF_READER if read_only else _MEMBERSHIP_OF_WRITER
    lambda_rights = _MAY_INVOKE_LAMBDA if invokes_lambda else _MAY_NOT_INVOKE_LAMBDA
    parts = {
        "membership": membership.format(**names).strip(),
        "lambda_rights": lambda_rights.format(**names).strip(),
        "login": _login(password).format(**names).strip(),
    }
    return [_PROVISION.format(**parts, **names).strip()]


def drop(user: str, *, database: str) -> list[str]:
    """Return the one statement that drops a user and leaves what it made to the writers; harmless if there is none.

    It looks at this database only: a user who owns something in another one of the server is not dropped, and an error
    says so.

    Raises:
        ValueError: a name is not plain.
    """
    require_plain("postgres", user, database)
    return [_DROP.format(**_names(user, database)).strip()]


def _names(user: str, database: str) -> dict[str, str]:
    readers, writers = groups_of(database)
    return {"lock": str(_LOCK), "user": user, "database": database, "readers": readers, "writers": writers}


def _login(password: str | None) -> str:
    if password is None:
        return _LOGIN_BY_IAM
    require_plain_password(password)
    return _LOGIN_BY_PASSWORD.replace("{verifier}", scram_verifier(password).replace(":", "~"))
