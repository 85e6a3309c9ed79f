-- Who owes what, the links that lead there, every attempt to pay, and what Stripe told us.
-- Times are integer unix milliseconds; money is integer minor units beside its currency.

-- The random name of this database at Stripe: in the metadata of everything that it creates there.
CREATE TABLE installation (
  id         TEXT    PRIMARY KEY CHECK (length(id) = 32),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO installation (id, created_at)
VALUES (lower(hex(randomblob(16))), CAST(unixepoch('subsec') * 1000 AS INTEGER));

CREATE TABLE players (
  id                INTEGER PRIMARY KEY,
  player_id         TEXT    NOT NULL UNIQUE CHECK (length(player_id) BETWEEN 1 AND 100), -- the club's own id
  name              TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  email             TEXT,                                                                -- of who pays
  email_refused_at  INTEGER,                                                             -- Stripe does not take it
  language          TEXT    CHECK (language IN ('en', 'es', 'pt', 'fr', 'de')),          -- NULL: the club's
  monthly_fee_minor INTEGER CHECK (monthly_fee_minor >= 0),
  monthly_currency  TEXT    CHECK (monthly_currency GLOB '[a-z][a-z][a-z]'),
  erased_at         INTEGER,                                                             -- nothing personal is left
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL
) STRICT;

-- Which currencies there are fees in.
CREATE INDEX players_by_fee ON players (monthly_currency) WHERE monthly_fee_minor > 0;

CREATE TABLE charges (
  id             INTEGER PRIMARY KEY,
  player_id      INTEGER NOT NULL REFERENCES players (id),
  kind           TEXT    NOT NULL CHECK (kind IN ('first_payment', 'monthly', 'custom')),
  period         TEXT    NOT NULL DEFAULT '' CHECK (period = '' OR period GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
  amount_minor   INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency       TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  due_on         TEXT    CHECK (due_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
  closed_at      INTEGER,                                                                -- no longer to be paid
  close_reason   TEXT,
  reopened_at    INTEGER,                                                                -- what was refunded before does not count
  failed_creates INTEGER NOT NULL DEFAULT 0,                                             -- in a row, that Stripe refused
  create_after   INTEGER,                                                                -- no session is created before
  remind_from    INTEGER,                                                                -- when the days until a reminder begin; NULL: none by rule
  UNIQUE (player_id, kind, period)
) STRICT;

CREATE TABLE links (
  id           INTEGER PRIMARY KEY,
  token_sha256 TEXT    NOT NULL UNIQUE CHECK (length(token_sha256) = 64),                -- hex; the token itself is never stored
  charge_id    INTEGER NOT NULL REFERENCES charges (id),
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  revoked_at   INTEGER,
  request      TEXT    UNIQUE                                                            -- of the form that minted it, so that it mints once
) STRICT;

CREATE INDEX links_by_charge ON links (charge_id);

CREATE TABLE orders (
  id                 INTEGER PRIMARY KEY,
  charge_id          INTEGER NOT NULL REFERENCES charges (id),
  status             TEXT    NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'paid', 'canceled', 'refunded')),
  origin             TEXT    NOT NULL DEFAULT 'guard' CHECK (origin IN ('guard', 'import', 'stripe')),
  method             TEXT    NOT NULL DEFAULT 'checkout' CHECK (method IN ('checkout', 'offline')),
  link_id            INTEGER REFERENCES links (id),                                      -- by which it was claimed

  -- Frozen when the order is claimed: every retry of its create call is made from these.
  attempt            TEXT    NOT NULL UNIQUE CHECK (length(attempt) >= 16),              -- its name at Stripe
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

  -- What an operator recorded of an offline payment.
  offline_method     TEXT    CHECK (offline_method IN ('cash', 'check', 'transfer')),
  offline_note       TEXT,

  paid_at            INTEGER,                                                            -- as Stripe says; of a canceled order, when a payment landed on it
  paid_minor         INTEGER CHECK (paid_minor >= 0),                                    -- what was taken
  canceled_at        INTEGER,
  cancel_reason      TEXT,
  refunded_at        INTEGER,
  refunded_minor     INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  refund_reason      TEXT    CHECK (refund_reason IN ('refund', 'dispute_lost')),

  -- When the cron looks at it next, and how often it has without an end. NULL: nothing is left to ask.
  next_check_at      INTEGER,
  checks             INTEGER NOT NULL DEFAULT 0,

  -- The compare-and-set: whoever writes names the version that it read.
  version            INTEGER NOT NULL DEFAULT 0,
  cause              TEXT    NOT NULL DEFAULT 'manual',                                  -- of the newest version
  actor              TEXT    NOT NULL DEFAULT '',                                        -- who made it: an operator's name, or nobody's
  updated_at         INTEGER,                                                            -- of the newest version

  CHECK (status NOT IN ('paid', 'refunded') OR paid_at IS NOT NULL),
  CHECK (status <> 'canceled' OR (canceled_at IS NOT NULL AND cancel_reason IS NOT NULL)),
  CHECK (status <> 'refunded' OR refunded_at IS NOT NULL),
  CHECK ((method = 'offline') = (offline_method IS NOT NULL)),
  CHECK (method <> 'offline' OR stripe_session_id IS NULL)
) STRICT;

CREATE INDEX orders_by_charge ON orders (charge_id, status);
CREATE INDEX orders_by_payment_intent ON orders (payment_intent_id) WHERE payment_intent_id IS NOT NULL;
CREATE INDEX orders_due ON orders (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX orders_by_link ON orders (link_id) WHERE link_id IS NOT NULL;

CREATE TABLE order_events (
  id          INTEGER PRIMARY KEY,
  order_id    INTEGER NOT NULL REFERENCES orders (id),
  from_status TEXT,                                                                      -- NULL: the order came to be
  to_status   TEXT    NOT NULL,
  cause       TEXT    NOT NULL,
  actor       TEXT    NOT NULL,
  at          INTEGER NOT NULL
) STRICT;

CREATE INDEX order_events_by_order ON order_events (order_id);

CREATE TABLE stripe_events (
  id          TEXT    PRIMARY KEY,
  type        TEXT    NOT NULL,
  order_id    INTEGER REFERENCES orders (id),
  effect      TEXT    NOT NULL,                                                          -- what it did, in a word
  created_at  INTEGER NOT NULL,                                                          -- at Stripe
  received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Money that went back, or is on its way: refunds, and disputes that were lost. They belong to their payment.
CREATE TABLE refunds (
  id                TEXT    PRIMARY KEY,                                                 -- Stripe's
  payment_intent_id TEXT    NOT NULL,
  amount_minor      INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency          TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  status            TEXT    NOT NULL CHECK (status IN ('pending', 'requires_action', 'succeeded', 'failed', 'canceled')),
  reason            TEXT    NOT NULL CHECK (reason IN ('refund', 'dispute_lost')),
  created_at        INTEGER NOT NULL,                                                    -- when it was heard of
  updated_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX refunds_by_payment_intent ON refunds (payment_intent_id);

CREATE TABLE incidents (
  id                INTEGER PRIMARY KEY,
  subject           TEXT    NOT NULL,                                                    -- kind and what it is about
  kind              TEXT    NOT NULL,
  order_id          INTEGER REFERENCES orders (id),
  charge_id         INTEGER REFERENCES charges (id),
  stripe_session_id TEXT,
  payment_intent_id TEXT,
  amount_minor      INTEGER,
  currency          TEXT,
  owed_minor        INTEGER,                                                             -- what was owed, where that is another amount
  owed_currency     TEXT,
  detail            TEXT    NOT NULL DEFAULT '',
  opened_at         INTEGER NOT NULL,
  reviewed_at       INTEGER NOT NULL DEFAULT 0,                                          -- when the cron last looked at its payment
  resolved_at       INTEGER,
  resolution        TEXT
) STRICT;

CREATE INDEX incidents_by_subject ON incidents (subject);
CREATE INDEX incidents_by_payment_intent ON incidents (payment_intent_id) WHERE payment_intent_id IS NOT NULL;
CREATE INDEX incidents_open ON incidents (kind, reviewed_at) WHERE resolved_at IS NULL;
CREATE INDEX incidents_open_by_charge ON incidents (charge_id) WHERE resolved_at IS NULL;

-- What operators are still to be told: written by a trigger whenever an incident opens or is over, so that no way
-- of opening one can forget it.
CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY,
  incident_id INTEGER NOT NULL REFERENCES incidents (id),
  event       TEXT    NOT NULL CHECK (event IN ('opened', 'resolved')),
  created_at  INTEGER NOT NULL,
  webhook_at  INTEGER,                                                                   -- when it was taken there
  email_at    INTEGER,
  tries       INTEGER NOT NULL DEFAULT 0,
  next_try_at INTEGER,                                                                   -- NULL: nothing is left to send
  UNIQUE (incident_id, event)
) STRICT;

CREATE INDEX outbox_due ON outbox (next_try_at) WHERE next_try_at IS NOT NULL;

-- The months that were opened, by currency: once by the cron, and again by an operator who wants those charged who are new.
CREATE TABLE periods (
  period        TEXT    NOT NULL CHECK (period GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
  kind          TEXT    NOT NULL CHECK (kind = 'monthly'),
  currency      TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  due_on        TEXT    NOT NULL CHECK (due_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'), -- of who was charged first
  opened_at     INTEGER NOT NULL,
  opened_by     TEXT    NOT NULL,                                                        -- an operator, or 'cron'
  charged       INTEGER NOT NULL CHECK (charged >= 0),                                   -- by all openings together
  charged_minor INTEGER NOT NULL CHECK (charged_minor >= 0),
  left_out      INTEGER NOT NULL CHECK (left_out >= 0),                                  -- by the newest one
  PRIMARY KEY (period, kind, currency)
) STRICT, WITHOUT ROWID;

-- Since when the cron opens the months by itself, and the newest month that it has looked at on its day or after it. It is
-- forgotten while BILLING_DAY is not set: so nobody is charged for a month in which it was not.
CREATE TABLE billing_rule (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  since_at INTEGER NOT NULL,
  through  TEXT    CHECK (through GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]')
) STRICT;

-- Emails to those who pay. Neither the address nor the words are here: both are read when the email is sent.
CREATE TABLE messages (
  id          INTEGER PRIMARY KEY,
  template    TEXT    NOT NULL CHECK (template IN ('link', 'reminder', 'offline_receipt', 'debit_failed')),
  charge_id   INTEGER NOT NULL REFERENCES charges (id),
  about       INTEGER NOT NULL,                                                          -- its number, of a link and a reminder; else the order
  state       TEXT    NOT NULL DEFAULT 'queued'
              CHECK (state IN ('queued', 'sending', 'sent', 'refused', 'unclear', 'canceled')),
  reason      TEXT,                                                                      -- of the state, in a word; of a queued one, of its last try
  actor       TEXT    NOT NULL DEFAULT '',                                               -- who queued it: an operator's name, or nobody's
  link_id     INTEGER REFERENCES links (id),                                             -- that it carries
  queued_at   INTEGER NOT NULL,
  ended_at    INTEGER,                                                                   -- when it was sent, refused, unclear or canceled
  tries       INTEGER NOT NULL DEFAULT 0,
  next_try_at INTEGER,                                                                   -- of a sending one, when its claim ends; NULL: it has ended
  UNIQUE (charge_id, template, about),
  CHECK ((state IN ('queued', 'sending')) = (next_try_at IS NOT NULL)),
  CHECK ((state IN ('queued', 'sending')) = (ended_at IS NULL)),
  CHECK (state NOT IN ('refused', 'unclear', 'canceled') OR reason IS NOT NULL)
) STRICT;

CREATE INDEX messages_due ON messages (next_try_at) WHERE next_try_at IS NOT NULL;

-- Who did what: every act of an operator.
CREATE TABLE audit (
  id       INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,
  operator TEXT    NOT NULL,
  act      TEXT    NOT NULL,
  about    TEXT    NOT NULL,
  detail   TEXT    NOT NULL DEFAULT '{}' CHECK (json_valid(detail))
) STRICT;

-- How far a list of Stripe's has been read.
CREATE TABLE cursors (
  name         TEXT    PRIMARY KEY,
  since_at     INTEGER NOT NULL,                                                         -- everything before has been read
  until_at     INTEGER,                                                                  -- the end of the window at work
  after_id     TEXT,                                                                     -- the entry of it that was read last
  retry_from   INTEGER,                                                                  -- the oldest entry that could not be carried out
  updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
