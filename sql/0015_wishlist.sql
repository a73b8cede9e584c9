-- home: journal. A read model: one row for each customer and product that is wished for. It can be
-- emptied and filled again.

CREATE TABLE wish (
  customer   text COLLATE "C" NOT NULL,
  sku        text COLLATE "C" NOT NULL,
  -- Of the event with which the product came on the list.
  position   bigint NOT NULL,
  doc        jsonb NOT NULL,
  notify     text COLLATE "C" NOT NULL GENERATED ALWAYS AS (doc->>'notify') STORED,
  -- In minor units of the currency in `doc`.
  seen_price bigint NOT NULL
    GENERATED ALWAYS AS ((doc->'seenPrice'->>'amountMinor')::bigint) STORED,
  PRIMARY KEY (customer, sku)
);

CREATE INDEX wish_newest ON wish (customer, position DESC);
CREATE INDEX wish_by_sku ON wish (sku, position);
