-- What providers told us by themselves. Kept before it is acknowledged, worked off afterwards.

CREATE TABLE webhook_inbox (
  provider    text COLLATE "C" NOT NULL,
  -- The provider's own id: the same however often it is sent.
  event_id    text COLLATE "C" NOT NULL,
  type        text NOT NULL,
  -- The order it is about; an event about none is kept, and done with.
  order_id    text COLLATE "C",
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When to look at it (again); null once it is done with.
  due_at      timestamptz,
  attempts    integer NOT NULL DEFAULT 0,
  PRIMARY KEY (provider, event_id)
);

CREATE INDEX webhook_inbox_due ON webhook_inbox (due_at) WHERE due_at IS NOT NULL;
