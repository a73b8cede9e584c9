-- Read models: rows folded from the journal. Each can be emptied and filled again from it.

-- Up to where a read model has read; moved in the transaction that writes its rows.
CREATE TABLE projection_cursor (
  name     text PRIMARY KEY,
  position bigint NOT NULL
);

CREATE TABLE order_list (
  id          text COLLATE "C" PRIMARY KEY,
  position    bigint NOT NULL,
  customer_id text COLLATE "C" NOT NULL,
  status      text COLLATE "C" NOT NULL,
  doc         jsonb NOT NULL
);

CREATE INDEX order_list_newest ON order_list (position DESC);
CREATE INDEX order_list_by_customer ON order_list (customer_id, position DESC);
CREATE INDEX order_list_by_status ON order_list (status, position DESC);

CREATE TABLE product_list (
  sku      text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL,
  doc      jsonb NOT NULL
);

CREATE INDEX product_list_newest ON product_list (position DESC);
