-- The journal: every decision of every actor, in the order of commits.

CREATE TABLE journal (
  -- Taken under the lock of journal_append, and with the default CACHE of 1: a reader that goes on
  -- from the last position it saw can miss nothing.
  position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream         text COLLATE "C" NOT NULL,
  version        integer NOT NULL CHECK (version > 0),
  type           text COLLATE "C" NOT NULL,
  schema_version smallint NOT NULL,
  -- As it was written. A third cheaper to append than jsonb, and nobody searches in here.
  payload        json NOT NULL,
  metadata       json NOT NULL,
  -- By this a writer that lost its connection knows its own rows again.
  commit_id      uuid NOT NULL,
  recorded_at    timestamptz NOT NULL,
  -- The fence: of two writers that believe they own a stream, one fails here.
  CONSTRAINT journal_fence UNIQUE (stream, version)
);

CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the journal is append-only: % is not possible', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- The newest snapshot of a long stream. Losing one costs time, never truth.
CREATE TABLE snapshot (
  stream         text COLLATE "C" PRIMARY KEY,
  version        integer NOT NULL,
  schema_version smallint NOT NULL,
  state          json NOT NULL
);

-- Streams to be looked at again. Written in the commit that makes or settles what is owed. Most
-- rows live for a second, so what is left of them must be cleared away often.
CREATE TABLE saga_due (
  stream   text COLLATE "C" PRIMARY KEY,
  due_at   timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0
) WITH (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000
);

CREATE INDEX saga_due_by_time ON saga_due (due_at);

-- Everything that one writer has gathered, in one statement and one commit. Columns come as text
-- with an element a line, because that is the cheapest way from there to here: JSON has no line
-- breaks of its own, and another element that had some would leave the others without a partner,
-- which NOT NULL refuses.
--
-- `head_*` are versions that must be there already, so that no stream can ever have a hole.
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
  due_streams     text,
  due_in_ms       bigint[],
  done_streams    text
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

  IF due_streams <> '' THEN
    INSERT INTO saga_due (stream, due_at)
    SELECT due.stream, committed_at + due.in_ms * interval '1 millisecond'
    FROM ROWS FROM (string_to_table(due_streams, E'\n'), unnest(due_in_ms)) AS due (stream, in_ms)
    ON CONFLICT (stream) DO UPDATE SET due_at = excluded.due_at, attempts = 0;
  END IF;

  IF done_streams <> '' THEN
    DELETE FROM saga_due WHERE stream = ANY (string_to_array(done_streams, E'\n'));
  END IF;

  RETURN currval('journal_position_seq');
END $$;
