-- A read model that is filled again from the first event: until it has come to this position, its
-- list is not whole. And when it last moved, so that one that has stopped on the way is noticed.
ALTER TABLE projection_cursor
  ADD COLUMN rebuild_to bigint NOT NULL DEFAULT 0,
  ADD COLUMN moved_at timestamptz NOT NULL DEFAULT clock_timestamp();
