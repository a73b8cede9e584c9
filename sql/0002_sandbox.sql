-- The sandbox payment provider's own book. Nothing of Souk writes here but the sandbox itself.

CREATE TABLE sandbox_ledger (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id        text COLLATE "C" NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('authorize', 'capture', 'void', 'refund')),
  status          text NOT NULL CHECK (status IN ('succeeded', 'failed')),
  code            text,
  amount_minor    bigint NOT NULL CHECK (amount_minor >= 0),
  currency        text NOT NULL,
  idempotency_key text COLLATE "C" NOT NULL,
  -- Whether this attempt settled its key; the others are attempts that came to nothing.
  is_final        boolean NOT NULL,
  at              timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE UNIQUE INDEX sandbox_ledger_settled ON sandbox_ledger (idempotency_key) WHERE is_final;
CREATE INDEX sandbox_ledger_by_key ON sandbox_ledger (idempotency_key);
