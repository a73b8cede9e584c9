-- Events of providers that are done with are forgotten after some weeks, the oldest first.

CREATE INDEX webhook_inbox_done ON webhook_inbox (received_at) WHERE due_at IS NULL;
