-- The call itself: a file that whoever runs this server answers with another. A notification would leave at the end of
-- the transaction only, and this one waits for its answer; a file leaves at once, and a wait for one can be cancelled.
CREATE FUNCTION @extschema@._call(
  function_name text, payload text, region text, invocation_type text, log_type text, context text, qualifier text
) RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  id text := gen_random_uuid();
  folder text := current_setting('data_directory') || '/lambda_calls/';
  patience text := nullif(current_setting('aws_lambda.request_timeout_ms', true), '');
  deadline timestamptz := clock_timestamp() + coalesce(patience::integer, 60000) * interval '1 ms';
  request json := json_build_object(
    'function_name', function_name, 'payload', payload, 'region', region, 'invocation_type', invocation_type,
    'log_type', log_type, 'context', context, 'qualifier', qualifier);
  answer json;
BEGIN
  EXECUTE format(  -- In hexadecimal digits, of which COPY escapes none.
    'COPY (SELECT encode(convert_to(%L, ''UTF8''), ''hex'')) TO %L', request, folder || id || '.request');
  EXECUTE format('COPY (SELECT %L) TO %L', id, folder || 'calls');
  LOOP
    answer := pg_read_file(folder || id || '.answer', true);
    EXIT WHEN answer IS NOT NULL;
    IF clock_timestamp() > deadline THEN
      RAISE EXCEPTION 'invoke API failed' USING
        ERRCODE = 'external_routine_exception',
        DETAIL = 'AWS Lambda client returned ''Timeout was reached''.',
        HINT = 'The setting aws_lambda.request_timeout_ms says how long to wait for an answer.';
    END IF;
    PERFORM pg_sleep(0.005);
  END LOOP;
  EXECUTE format('COPY (SELECT %L) TO %L', id, folder || 'calls');  -- Said again: the answer was read.
  IF answer->>'error' IS NOT NULL THEN
    RAISE EXCEPTION '%', answer->>'error' USING
      ERRCODE = 'external_routine_exception', DETAIL = answer->>'detail', HINT = answer->>'hint';
  END IF;
  RETURN answer;
END $$;

CREATE FUNCTION @extschema@.invoke(
  IN function_name text, IN payload json, IN region text DEFAULT NULL, IN invocation_type text DEFAULT 'RequestResponse',
  IN log_type text DEFAULT 'None', IN context json DEFAULT NULL, IN qualifier varchar(128) DEFAULT NULL,
  OUT status_code integer, OUT payload json, OUT executed_version text, OUT log_result text
) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT (a->>'status_code')::integer, (a->>'payload')::json, a->>'executed_version', a->>'log_result'
  FROM @extschema@._call($1, $2::text, $3, $4, $5, $6::text, $7) AS a
$$;

CREATE FUNCTION @extschema@.invoke(
  IN function_name text, IN payload jsonb, IN region text DEFAULT NULL, IN invocation_type text DEFAULT 'RequestResponse',
  IN log_type text DEFAULT 'None', IN context jsonb DEFAULT NULL, IN qualifier varchar(128) DEFAULT NULL,
  OUT status_code integer, OUT payload jsonb, OUT executed_version text, OUT log_result text
) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT (a->>'status_code')::integer, (a->>'payload')::jsonb, a->>'executed_version', a->>'log_result'
  FROM @extschema@._call($1, $2::text, $3, $4, $5, $6::text, $7) AS a
$$;

CREATE FUNCTION @extschema@.invoke(
  IN function_name aws_commons._lambda_function_arn_1, IN payload json, IN invocation_type text DEFAULT 'RequestResponse',
  IN log_type text DEFAULT 'None', IN context json DEFAULT NULL, IN qualifier varchar(128) DEFAULT NULL,
  OUT status_code integer, OUT payload json, OUT executed_version text, OUT log_result text
) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT (a->>'status_code')::integer, (a->>'payload')::json, a->>'executed_version', a->>'log_result'
  FROM @extschema@._call(($1).function_name, $2::text, ($1).region, $3, $4, $5::text, $6) AS a
$$;

CREATE FUNCTION @extschema@.invoke(
  IN function_name aws_commons._lambda_function_arn_1, IN payload jsonb, IN invocation_type text DEFAULT 'RequestResponse',
  IN log_type text DEFAULT 'None', IN context jsonb DEFAULT NULL, IN qualifier varchar(128) DEFAULT NULL,
  OUT status_code integer, OUT payload jsonb, OUT executed_version text, OUT log_result text
) LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT (a->>'status_code')::integer, (a->>'payload')::jsonb, a->>'executed_version', a->>'log_result'
  FROM @extschema@._call(($1).function_name, $2::text, ($1).region, $3, $4, $5::text, $6) AS a
$$;

-- As on RDS: whoever made the extension hands its use on, and nobody else has it.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA @extschema@ FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA @extschema@ TO @extowner@ WITH GRANT OPTION;
