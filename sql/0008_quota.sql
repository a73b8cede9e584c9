-- What has been used of a quota by all processes together. Not worth a write-ahead log: after a
-- crash of the database everybody begins anew.
CREATE UNLOGGED TABLE quota_use (
  name       text COLLATE "C" NOT NULL,
  ends_at_ms bigint NOT NULL,
  used       bigint NOT NULL,
  PRIMARY KEY (name, ends_at_ms)
) WITH (fillfactor = 50);

CREATE INDEX quota_use_by_end ON quota_use (ends_at_ms);
