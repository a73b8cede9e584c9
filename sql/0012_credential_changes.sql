-- Tells every process at once, by NOTIFY, that a key or a role has changed: they remember for some
-- seconds what a key stands for. Sent when the change commits, and by nothing that only uses a key.

CREATE FUNCTION credential_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('souk_credentials', '');
  RETURN NULL;
END $$;

CREATE TRIGGER api_key_notify
  AFTER DELETE OR UPDATE OF hash, previous_hash, previous_until, revoked_at, scopes, owner_id
  ON api_key FOR EACH STATEMENT EXECUTE FUNCTION credential_notify();

CREATE TRIGGER account_notify AFTER DELETE OR UPDATE OF role
  ON account FOR EACH STATEMENT EXECUTE FUNCTION credential_notify();
