-- What several runners of one shop have in common.

-- Who is there. The cluster library makes this table itself when it is missing; made here, several
-- runners may start at once on an empty database. Columns and their order are the library's.
CREATE TABLE cluster_runners (
  machine_id     serial PRIMARY KEY,
  address        varchar(255) NOT NULL,
  runner         text NOT NULL,
  healthy        boolean NOT NULL DEFAULT true,
  last_heartbeat timestamp NOT NULL DEFAULT now(),
  UNIQUE (address)
);

-- By this runners know each other, and nobody else: who can read it could write the journal anyway.
-- Each gen_random_uuid has 122 bits from the server's source of strong randomness.
CREATE TABLE cluster_key (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  key     bytea NOT NULL
);

INSERT INTO cluster_key (key) VALUES (
  sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
);
