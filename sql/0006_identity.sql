-- Who may come in: accounts, logins, keys of programs. Not folded from the journal, and never in
-- its export; what changes anybody's rights stands in security_event.

CREATE TABLE account (
  -- Newest first in lists.
  position      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  id            text COLLATE "C" PRIMARY KEY,
  -- In one form, see Email.
  email         text COLLATE "C" NOT NULL UNIQUE,
  name          text NOT NULL,
  role          text NOT NULL CHECK (role IN ('customer', 'seller', 'admin')),
  -- A PHC string: algorithm, parameters, salt and hash.
  password_hash text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp())
);

-- One login: a family of refresh tokens of which one is alive. Tokens are kept as SHA-256.
CREATE TABLE session (
  id            text COLLATE "C" PRIMARY KEY,
  account_id    text COLLATE "C" NOT NULL REFERENCES account ON DELETE CASCADE,
  token_hash    text COLLATE "C" NOT NULL,
  previous_hash text COLLATE "C",
  -- With the token before, and only with it, this gives the token that is alive.
  salt          text COLLATE "C",
  -- Digest of the address that the login was last used from.
  client        text COLLATE "C" NOT NULL,
  started_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  rotated_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  revoked_at    timestamptz
);

CREATE INDEX session_by_account ON session (account_id, rotated_at);

CREATE TABLE api_key (
  position       bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  id             text COLLATE "C" PRIMARY KEY,
  name           text NOT NULL,
  scopes         text[] NOT NULL,
  -- Whose rights bound this key; null for the shop's own admin key.
  owner_id       text COLLATE "C" REFERENCES account ON DELETE CASCADE,
  -- The key as SHA-256, and its last characters for people who look for it.
  hash           text COLLATE "C" NOT NULL UNIQUE,
  hint           text NOT NULL,
  -- The key before a rotation, good for a while longer.
  previous_hash  text COLLATE "C" UNIQUE,
  previous_until timestamptz,
  created_at     timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  last_used_at   timestamptz,
  revoked_at     timestamptz
);

-- Attempts to log in that failed, by account and by address; survives any crash.
CREATE TABLE login_throttle (
  subject       text COLLATE "C" PRIMARY KEY,
  failures      integer NOT NULL,
  last_at       timestamptz NOT NULL,
  blocked_until timestamptz NOT NULL
);

CREATE INDEX login_throttle_by_age ON login_throttle (last_at);

-- The public half of what each process signs access tokens with, so that all accept them.
CREATE TABLE verification_key (
  kid        text COLLATE "C" PRIMARY KEY,
  jwk        json NOT NULL,
  -- Put off by the process that signs with it.
  good_until timestamptz NOT NULL
);

-- What befell accounts and keys, for auditors: appended in the transaction it tells of.
CREATE TABLE security_event (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type     text COLLATE "C" NOT NULL,
  subject  text COLLATE "C" NOT NULL,
  who      text COLLATE "C" NOT NULL,
  detail   json NOT NULL,
  at       timestamptz NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp())
);

CREATE FUNCTION security_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'security events are append-only: % is not possible', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER security_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON security_event
  FOR EACH STATEMENT EXECUTE FUNCTION security_event_refuse();

-- Rows as they are shown: everything but the secrets. A time is RFC 3339 in UTC with milliseconds.

CREATE FUNCTION rfc3339(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

CREATE FUNCTION account_doc(account account) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', account.id, 'email', account.email, 'name', account.name,
    'role', account.role, 'createdAt', rfc3339(account.created_at))
$$;

CREATE FUNCTION api_key_doc(key api_key) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object('id', key.id, 'name', key.name,
    'scopes', to_jsonb(key.scopes), 'ownerId', key.owner_id, 'hint', key.hint,
    'createdAt', rfc3339(key.created_at), 'lastUsedAt', rfc3339(key.last_used_at),
    'previousGoodUntil', rfc3339(key.previous_until), 'revokedAt', rfc3339(key.revoked_at)))
$$;

CREATE VIEW account_list AS
  SELECT position, id, account_doc(account) AS doc FROM account;

CREATE VIEW api_key_list AS
  SELECT position, id, api_key_doc(api_key) AS doc FROM api_key;
