"""What PostgreSQL is told to make a user: one statement, so that all of it happens or nothing.

Users have no rights of their own; two groups do. Members of ``<database>_readers`` read every table in the schema
``public``, members of ``<database>_writers`` read and write them and may create new ones. A table belongs to whoever
creates it, and PostgreSQL asks the creator who else may use it. So every writer, and the master user who may run
migrations, gets *default privileges*: what they create from now on, both groups may use at once.

Two traps on RDS shape the statement. To set a writer's default privileges, the master user must be a member of the
writer; but a member of a member of ``rds_iam`` can no longer log in by password. The membership therefore begins and
ends inside the statement, and nobody ever sees it. And PostgreSQL fails when two sessions change the same rights at the
same time, which deployments do; a lock makes the second wait.
"""

from .names import MAX_DATABASE, MAX_USER, groups_of, is_plain

_LOCK = 5_720_318_446_121_507_842
"""Any number, the same for all who change users with this library."""

# No colon may stand in it: the Data API would take what follows for a parameter.
_SQL = """
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

  IF NOT is_member THEN REVOKE "{user}" FROM CURRENT_USER; END IF;
  GRANT rds_iam TO "{user}";
END $$
"""

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


def provision(user: str, *, database: str, read_only: bool) -> str:
    """Return the statement that makes a user who logs in by IAM and reads, or reads and writes; harmless to repeat.

    Raises:
        ValueError: a name is not plain. It stands in the statement, so this is checked here too.
    """
    readers, writers = groups_of(database)
    if not is_plain(user, MAX_USER) or not is_plain(database, MAX_DATABASE) or user in (readers, writers):
        raise ValueError(f"{user!r} cannot be a user of the database {database!r}")
    names = {"user": user, "database": database, "readers": readers, "writers": writers}
    membership = _MEMBERSHIP_OF_READER if read_only else _MEMBERSHIP_OF_WRITER
    return _SQL.format(lock=_LOCK, membership=membership.format(**names).strip(), **names).strip()
