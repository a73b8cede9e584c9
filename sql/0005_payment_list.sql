-- A read model: one row a payment, with its sums. It can be emptied and filled again.

CREATE TABLE payment_list (
  order_id   text COLLATE "C" PRIMARY KEY,
  position   bigint NOT NULL,
  status     text COLLATE "C" NOT NULL,
  currency   text COLLATE "C" NOT NULL,
  captured   bigint NOT NULL,
  refunded   bigint NOT NULL,
  -- Since when the provider owes an answer; null when it owes none.
  open_since timestamptz,
  doc        jsonb NOT NULL
);

CREATE INDEX payment_list_newest ON payment_list (position DESC);
CREATE INDEX payment_list_by_status ON payment_list (status, position DESC);
CREATE INDEX payment_list_open ON payment_list (position) WHERE open_since IS NOT NULL;
