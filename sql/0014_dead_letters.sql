-- home: journal. Events that a subscription could not handle, kept until an operator resolves them.

CREATE TABLE dead_letter (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The name of the subscription.
  source      text COLLATE "C" NOT NULL,
  -- Whether this program failed, or the system that it called.
  fault       text NOT NULL CHECK (fault IN ('ours', 'theirs')),
  reason      text NOT NULL,
  detail      text NOT NULL,
  attempts    integer NOT NULL,
  event_id    text,
  sequence    bigint,
  type        text,
  subject     text,
  -- Set when the source reads the journal.
  position    bigint,
  stream      text,
  -- A copy: it outlives what it was made from.
  body        text NOT NULL,
  first_at    timestamptz NOT NULL,
  died_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolved_at timestamptz,
  resolution  text CHECK (resolution IN ('replayed', 'discarded')),
  resolved_by text
);

CREATE INDEX dead_letter_open ON dead_letter (source, died_at) WHERE resolved_at IS NULL;

-- A subscription holds back a stream with an open dead letter, so there is at most one of each.
CREATE UNIQUE INDEX dead_letter_held ON dead_letter (source, stream) WHERE resolved_at IS NULL;

-- What a redelivery leaves out.
CREATE INDEX dead_letter_discarded ON dead_letter (source, stream) WHERE resolution = 'discarded';

CREATE INDEX dead_letter_by_age ON dead_letter (resolved_at) WHERE resolved_at IS NOT NULL;

-- As the API names them.
CREATE UNIQUE INDEX dead_letter_by_name ON dead_letter (('dl_' || id::text));

CREATE VIEW dead_letter_list AS
  SELECT id AS position, 'dl_' || id::text AS id, source, fault, reason, resolved_at,
    jsonb_strip_nulls(jsonb_build_object('id', 'dl_' || id::text, 'source', source,
      'fault', fault, 'reason', reason, 'detail', detail, 'attempts', attempts,
      'eventId', event_id, 'type', type, 'subject', subject, 'firstAt', rfc3339(first_at),
      'diedAt', rfc3339(died_at), 'resolvedAt', rfc3339(resolved_at), 'resolution', resolution,
      'resolvedBy', resolved_by)) AS doc,
    body
  FROM dead_letter;

-- One cursor for each subscription and journal. A subscription with too many open dead letters is
-- disabled until an operator has resolved some.
ALTER TABLE projection_cursor
  ADD COLUMN journal text COLLATE "C" NOT NULL DEFAULT 'j00',
  ADD COLUMN disabled_at timestamptz,
  DROP CONSTRAINT projection_cursor_pkey,
  ADD PRIMARY KEY (name, journal);
