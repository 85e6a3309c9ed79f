-- The books: who owes what, the links that lead there, every attempt to pay, and what Stripe told us.
-- Times are integer unix milliseconds; money is integer minor units beside its currency.

CREATE TABLE players (
  id                INTEGER PRIMARY KEY,
  player_id         TEXT    NOT NULL UNIQUE CHECK (length(player_id) BETWEEN 1 AND 100), -- the club's own id
  name              TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  email             TEXT,                                                                -- of who pays
  monthly_fee_minor INTEGER CHECK (monthly_fee_minor >= 0),
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE charges (
  id           INTEGER PRIMARY KEY,
  player_id    INTEGER NOT NULL REFERENCES players (id),
  kind         TEXT    NOT NULL CHECK (kind IN ('first_payment', 'monthly', 'custom')),
  period       TEXT    NOT NULL DEFAULT '' CHECK (period = '' OR period GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency     TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  closed_at    INTEGER,                                                                  -- no longer to be paid
  UNIQUE (player_id, kind, period)
) STRICT;

CREATE TABLE links (
  token_sha256 TEXT    PRIMARY KEY CHECK (length(token_sha256) = 64),                    -- hex; the token itself is never stored
  charge_id    INTEGER NOT NULL REFERENCES charges (id),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX links_by_charge ON links (charge_id);

CREATE TABLE orders (
  id                 INTEGER PRIMARY KEY,
  charge_id          INTEGER NOT NULL REFERENCES charges (id),
  status             TEXT    NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'paid', 'canceled', 'refunded')),
  origin             TEXT    NOT NULL DEFAULT 'guard' CHECK (origin IN ('guard', 'import')),

  -- Frozen when the order is claimed: every retry of its create call is made from these.
  amount_minor       INTEGER NOT NULL CHECK (amount_minor > 0),
  currency           TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  product_name       TEXT    NOT NULL DEFAULT 'Payment' CHECK (length(product_name) > 0),
  customer_email     TEXT,
  return_origin      TEXT    NOT NULL DEFAULT 'https://localhost',
  session_expires_at INTEGER,                                                            -- NULL: the default lifetime after created_at
  created_at         INTEGER NOT NULL,

  -- What Stripe answered.
  stripe_session_id  TEXT    UNIQUE,
  checkout_url       TEXT,
  payment_intent_id  TEXT,
  receipt_url        TEXT,

  paid_at            INTEGER,
  canceled_at        INTEGER,
  cancel_reason      TEXT,
  refunded_at        INTEGER,
  refunded_minor     INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),

  -- When the sweep looks at it next, and how often it has.
  next_check_at      INTEGER NOT NULL DEFAULT 0,
  checks             INTEGER NOT NULL DEFAULT 0,

  -- The compare-and-set: whoever writes names the version that it read.
  version            INTEGER NOT NULL DEFAULT 0,
  cause              TEXT    NOT NULL DEFAULT 'manual',                                  -- of the newest version
  updated_at         INTEGER,                                                            -- of the newest version

  CHECK (status NOT IN ('paid', 'refunded') OR paid_at IS NOT NULL),
  CHECK (status <> 'canceled' OR (canceled_at IS NOT NULL AND cancel_reason IS NOT NULL)),
  CHECK (status <> 'refunded' OR refunded_at IS NOT NULL)
) STRICT;

CREATE INDEX orders_by_charge ON orders (charge_id, status);
CREATE INDEX orders_by_payment_intent ON orders (payment_intent_id) WHERE payment_intent_id IS NOT NULL;
CREATE INDEX orders_due ON orders (next_check_at) WHERE status = 'pending';

CREATE TABLE order_events (
  id          INTEGER PRIMARY KEY,
  order_id    INTEGER NOT NULL REFERENCES orders (id),
  from_status TEXT,                                                                      -- NULL: the order came to be
  to_status   TEXT    NOT NULL,
  cause       TEXT    NOT NULL,
  at          INTEGER NOT NULL
) STRICT;

CREATE INDEX order_events_by_order ON order_events (order_id);

CREATE TABLE stripe_events (
  id          TEXT    PRIMARY KEY,
  type        TEXT    NOT NULL,
  order_id    INTEGER REFERENCES orders (id),
  outcome     TEXT    NOT NULL,
  received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE incidents (
  id                INTEGER PRIMARY KEY,
  subject           TEXT    NOT NULL UNIQUE,                                             -- kind and what it is about: one incident each
  kind              TEXT    NOT NULL,
  order_id          INTEGER REFERENCES orders (id),
  charge_id         INTEGER REFERENCES charges (id),
  stripe_session_id TEXT,
  payment_intent_id TEXT,
  amount_minor      INTEGER,
  currency          TEXT,
  detail            TEXT    NOT NULL DEFAULT '',
  opened_at         INTEGER NOT NULL,
  resolved_at       INTEGER,
  resolution        TEXT
) STRICT;

CREATE INDEX incidents_open ON incidents (opened_at) WHERE resolved_at IS NULL;
