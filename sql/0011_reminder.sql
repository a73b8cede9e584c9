-- Named timers of a stream, where there was one timer a stream. What a stream owed others is the
-- reminder `saga`. It is set and cleared in the commit of the events that make or settle it.

ALTER TABLE saga_due RENAME TO reminder;
ALTER INDEX saga_due_by_time RENAME TO reminder_due;

ALTER TABLE reminder
  ADD COLUMN name text COLLATE "C" NOT NULL DEFAULT 'saga',
  -- Why the last attempt failed that did.
  ADD COLUMN last_error text;

ALTER TABLE reminder
  ALTER COLUMN name DROP DEFAULT,
  DROP CONSTRAINT saga_due_pkey,
  ADD CONSTRAINT reminder_pkey PRIMARY KEY (stream, name);

ALTER TABLE webhook_inbox ADD COLUMN last_error text;

-- Its parameters differ, so that a program from before cannot append any more.
DROP FUNCTION journal_append(
  uuid, text, integer[], text, smallint[], text, text, text, integer[], text, bigint[], text
);

-- Everything that one writer has gathered, in one statement and one commit. Columns come as text
-- with an element a line, because that is the cheapest way from there to here: JSON has no line
-- breaks of its own, and another element that had some would leave the others without a partner,
-- which NOT NULL refuses.
--
-- `head_*` are versions that must be there already, so that no stream can ever have a hole.
-- A reminder is due so long after the commit (`set_in_ms`), or at a time (`set_at_ms`, in
-- milliseconds since 1970); the other one is null.
-- Returns the position of the last event.
CREATE FUNCTION journal_append(
  commit_id       uuid,
  streams         text,
  versions        integer[],
  types           text,
  schema_versions smallint[],
  payloads        text,
  metadata        text,
  head_streams    text,
  head_versions   integer[],
  set_streams     text,
  set_names       text,
  set_in_ms       bigint[],
  set_at_ms       bigint[],
  cleared_streams text,
  cleared_names   text
) RETURNS bigint LANGUAGE plpgsql
-- Plans are made once, perhaps on the first day, and must be right for a large journal.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
  committed_at timestamptz;
BEGIN
  -- Held until the commit, so that positions rise in the order of commits. The first number spells
  -- SOUK and keeps clear of the cluster's locks on shards.
  PERFORM pg_advisory_xact_lock(x'534f554b'::integer, 4);
  committed_at := date_trunc('milliseconds', clock_timestamp());

  INSERT INTO journal
    (stream, version, type, schema_version, payload, metadata, commit_id, recorded_at)
  SELECT entry.stream, entry.version, entry.type, entry.schema_version,
    entry.payload::json, entry.metadata::json, commit_id, committed_at
  FROM ROWS FROM (
    string_to_table(streams, E'\n'),
    unnest(versions),
    string_to_table(types, E'\n'),
    unnest(schema_versions),
    string_to_table(payloads, E'\n'),
    string_to_table(metadata, E'\n')
  ) WITH ORDINALITY
    AS entry (stream, version, type, schema_version, payload, metadata, ordinal)
  ORDER BY entry.ordinal;

  IF EXISTS (
    SELECT FROM ROWS FROM (string_to_table(head_streams, E'\n'), unnest(head_versions))
      AS head (stream, version)
    WHERE (
      SELECT position FROM journal
      WHERE journal.stream = head.stream AND journal.version = head.version
    ) IS NULL
  ) THEN
    RAISE EXCEPTION 'an append follows a version that is not in the journal'
      USING ERRCODE = 'unique_violation', CONSTRAINT = 'journal_fence';
  END IF;

  IF set_streams <> '' THEN
    INSERT INTO reminder (stream, name, due_at)
    SELECT due.stream, due.name, coalesce(
      to_timestamp(due.at_ms / 1000.0),
      committed_at + due.in_ms * interval '1 millisecond'
    )
    FROM ROWS FROM (
      string_to_table(set_streams, E'\n'),
      string_to_table(set_names, E'\n'),
      unnest(set_in_ms),
      unnest(set_at_ms)
    ) AS due (stream, name, in_ms, at_ms)
    ON CONFLICT (stream, name) DO UPDATE
      SET due_at = excluded.due_at, attempts = 0, last_error = NULL;
  END IF;

  -- The first condition is for the index, whatever the plan of the second.
  IF cleared_streams <> '' THEN
    DELETE FROM reminder
    WHERE stream = ANY (string_to_array(cleared_streams, E'\n')) AND EXISTS (
      SELECT FROM ROWS FROM (
        string_to_table(cleared_streams, E'\n'),
        string_to_table(cleared_names, E'\n')
      ) AS cleared (stream, name)
      WHERE cleared.stream = reminder.stream AND cleared.name = reminder.name
    );
  END IF;

  RETURN currval('journal_position_seq');
END $$;
