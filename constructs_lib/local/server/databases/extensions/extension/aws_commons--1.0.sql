CREATE TYPE @extschema@._lambda_function_arn_1 AS (function_name text, region text);

CREATE FUNCTION @extschema@.create_lambda_function_arn(function_name text, region text DEFAULT NULL)
RETURNS @extschema@._lambda_function_arn_1 LANGUAGE sql IMMUTABLE
RETURN ROW($1, $2)::@extschema@._lambda_function_arn_1;

-- As on RDS: whoever made the extension hands its use on, and nobody else has it.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA @extschema@ FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA @extschema@ TO @extowner@ WITH GRANT OPTION;
