"""What a database may be called."""

from constructs_lib.arguments import require, require_kind
from constructs_lib.relational.engine import Family
from constructs_lib.relational.reserved_words import is_reserved
from constructs_lib.relational.runtime.database_users.names import MAX_DATABASE, RULE, is_plain_database


def require_database_name(family: Family, name: str, *, is_new: bool) -> None:
    """Raise `InvalidArgument` for a name that cannot stand in statements as it is, or that RDS would not give."""
    require_kind("database_name", name, str, "constructs_lib.relational")
    plain = is_plain_database(family, name)
    rule = f"have at most {MAX_DATABASE[family]} characters and {RULE}"
    require(plain, "database_name", rule, name, "constructs_lib.relational")
    if is_new:
        rule = "not be a word that the engine reserves"
        source = "CreateDBCluster and CreateDBInstance, Amazon RDS API Reference"
        require(not is_reserved(family, name), "database_name", rule, name, source)
