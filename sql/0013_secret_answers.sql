-- Answers that hand out a secret once, such as a new API key, so that a repeat of the request gets
-- the same answer. The secret is not here: it follows from the salt and a key that only the
-- processes of the shop have.

CREATE TABLE secret_answer (
  -- Digest of the caller, the path and the Idempotency-Key.
  id          text COLLATE "C" PRIMARY KEY,
  -- What was asked for, and under which key of the shop it was answered.
  fingerprint text COLLATE "C" NOT NULL,
  salt        text COLLATE "C" NOT NULL,
  -- All of the answer but the secret; null only inside the transaction that makes it.
  answer      json,
  at          timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX secret_answer_by_age ON secret_answer (at);
