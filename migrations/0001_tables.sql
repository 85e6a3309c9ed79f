-- Who owes what, the links that lead there, every attempt to pay, and what Stripe told us.
-- Times are integer unix milliseconds; money is integer minor units beside its currency.

-- Words that a column may hold, a table a set: a migration adds a word by an INSERT. A CHECK could not be extended: SQLite
-- would have to make its table anew, with everything that refers to it.
CREATE TABLE languages (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO languages VALUES ('en'), ('es'), ('pt'), ('fr'), ('de');

-- What a charge is for.
CREATE TABLE kinds (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO kinds VALUES ('first_payment'), ('monthly'), ('custom');

-- What has become of a charge. 'processing': its session is complete, and a bank is at work. 'action_required': the same,
-- and its payer has something to do first.
CREATE TABLE states (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO states
VALUES ('unpaid'), ('pending'), ('processing'), ('action_required'), ('paid'), ('refunded'), ('closed');

CREATE TABLE order_statuses (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO order_statuses VALUES ('pending'), ('paid'), ('canceled'), ('refunded');

-- Where an order came from: claimed here, carried over, made anew from Stripe's session.
CREATE TABLE order_origins (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO order_origins VALUES ('guard'), ('import'), ('stripe');

CREATE TABLE payment_methods (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO payment_methods VALUES ('checkout'), ('offline');

CREATE TABLE offline_methods (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO offline_methods VALUES ('cash'), ('check'), ('transfer');

-- Who a complete session without its money waits for.
CREATE TABLE waits (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO waits VALUES ('bank'), ('payer');

-- 'requested': asked for here, and Stripe has not answered yet. 'refused': Stripe does not make it. 'not_made': Stripe never
-- heard of it. The others are Stripe's own.
CREATE TABLE refund_statuses (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO refund_statuses
VALUES ('requested'), ('refused'), ('not_made'), ('pending'), ('requires_action'), ('succeeded'), ('failed'), ('canceled');

CREATE TABLE refund_reasons (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO refund_reasons VALUES ('refund'), ('dispute_lost');

CREATE TABLE incident_kinds (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO incident_kinds
VALUES ('duplicate_payment'), ('unknown_charge'), ('amount_mismatch'), ('refund_failed'), ('dispute'), ('unknown_session'),
       ('create_refused'), ('wrong_mode'), ('unreadable_event'), ('not_restored'), ('month_not_opened'), ('checkout_errors'), ('stripe_unreachable'), ('database_quota'),
       ('paid_page_on_unpaid'), ('stale_pending'), ('webhooks_silent'), ('reconcile_stalled'), ('incomplete_setup');

-- What operators are told of an incident.
CREATE TABLE alert_events (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO alert_events VALUES ('opened'), ('resolved');

-- Emails to those who pay.
CREATE TABLE templates (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO templates VALUES ('link'), ('reminder'), ('offline_receipt'), ('debit_failed');

CREATE TABLE message_states (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO message_states VALUES ('queued'), ('sending'), ('sent'), ('refused'), ('unclear'), ('canceled');

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
  language          TEXT    REFERENCES languages (word),                                  -- NULL: the club's
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
  kind           TEXT    NOT NULL REFERENCES kinds (word),
  period         TEXT    NOT NULL DEFAULT '' CHECK (period = '' OR period GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'
                                                    OR (kind = 'custom' AND length(period) BETWEEN 2 AND 60)), -- a month; of a custom charge, its title
  amount_minor   INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency       TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL,
  due_on         TEXT    CHECK (due_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
  closed_at      INTEGER,                                                                -- no longer to be paid
  close_reason   TEXT,
  taken_back_at  INTEGER,                                                                -- when it was closed because its month was taken back
  failed_creates INTEGER NOT NULL DEFAULT 0,                                             -- in a row, that Stripe refused
  create_after   INTEGER,                                                                -- no session is created before
  state          TEXT    NOT NULL DEFAULT 'unpaid' REFERENCES states (word),             -- as of the last fold: see `standings`
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
  request      TEXT                                                                      -- of the form that minted it, so that it mints once
) STRICT;

-- Not a UNIQUE column: D1 counts each index that a row is written to, and hardly any link has one.
CREATE UNIQUE INDEX links_by_request ON links (request) WHERE request IS NOT NULL;
CREATE INDEX links_by_charge ON links (charge_id);

CREATE TABLE orders (
  id                 INTEGER PRIMARY KEY,
  charge_id          INTEGER NOT NULL REFERENCES charges (id),
  status             TEXT    NOT NULL DEFAULT 'pending' REFERENCES order_statuses (word),
  origin             TEXT    NOT NULL DEFAULT 'guard' REFERENCES order_origins (word),
  method             TEXT    NOT NULL DEFAULT 'checkout' REFERENCES payment_methods (word),
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
  stripe_session_id  TEXT,
  checkout_url       TEXT,
  payment_intent_id  TEXT,
  receipt_url        TEXT,
  waits_for          TEXT    REFERENCES waits (word),                                    -- of a pending order: its session is complete, and its money has yet to come
  action_url         TEXT,                                                               -- Stripe's page on which its payer has something to do

  -- What an operator recorded of an offline payment.
  offline_method     TEXT    REFERENCES offline_methods (word),
  offline_note       TEXT,
  rest_minor         INTEGER NOT NULL DEFAULT 0,                                         -- what was owed, less what was paid: above 0 it was waived, below 0 the club keeps it

  paid_at            INTEGER,                                                            -- as Stripe says; of a canceled order, when a payment landed on it
  paid_minor         INTEGER CHECK (paid_minor >= 0),                                    -- what was taken
  canceled_at        INTEGER,
  cancel_reason      TEXT,
  refunded_at        INTEGER,
  refunded_minor     INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  refund_reason      TEXT    REFERENCES refund_reasons (word),
  reopened_at        INTEGER,                                                            -- of a refunded order: its charge is to be paid again since

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
  CHECK (method <> 'offline' OR stripe_session_id IS NULL),
  CHECK (method = 'offline' OR rest_minor = 0)
) STRICT;

CREATE INDEX orders_by_charge ON orders (charge_id);
CREATE UNIQUE INDEX orders_by_session ON orders (stripe_session_id) WHERE stripe_session_id IS NOT NULL;
CREATE INDEX orders_by_payment_intent ON orders (payment_intent_id) WHERE payment_intent_id IS NOT NULL;
CREATE INDEX orders_due ON orders (next_check_at) WHERE next_check_at IS NOT NULL;

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

-- Money that goes back: refunds, disputes that were lost, offline payments that were handed back. Each belongs to its
-- payment: Stripe's, or the order of an offline one. What is asked for here is written before Stripe hears of it.
CREATE TABLE refunds (
  id                INTEGER PRIMARY KEY,
  request           TEXT    UNIQUE CHECK (length(request) = 32),                         -- of one that was asked for here: its name at Stripe
  stripe_id         TEXT    UNIQUE,                                                      -- of the refund, or of the dispute; NULL: Stripe has not said it, or has nothing to do with it
  payment_intent_id TEXT,
  order_id          INTEGER REFERENCES orders (id),                                      -- of an offline payment
  amount_minor      INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency          TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  status            TEXT    NOT NULL REFERENCES refund_statuses (word),
  reason            TEXT    NOT NULL REFERENCES refund_reasons (word),
  actor             TEXT    NOT NULL DEFAULT '',                                         -- who asked for it here
  created_at        INTEGER NOT NULL,                                                    -- as Stripe says; until then, when it was asked for
  updated_at        INTEGER NOT NULL,
  next_try_at       INTEGER,                                                             -- of a requested one: when the cron asks for it
  CHECK ((payment_intent_id IS NULL) <> (order_id IS NULL)),
  CHECK (status <> 'requested' OR (request IS NOT NULL AND next_try_at IS NOT NULL))
) STRICT;

CREATE INDEX refunds_by_payment_intent ON refunds (payment_intent_id) WHERE payment_intent_id IS NOT NULL;
CREATE INDEX refunds_by_order ON refunds (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX refunds_due ON refunds (next_try_at) WHERE status = 'requested';

CREATE TABLE incidents (
  id                INTEGER PRIMARY KEY,
  subject           TEXT    NOT NULL,                                                    -- kind and what it is about
  kind              TEXT    NOT NULL REFERENCES incident_kinds (word),
  order_id          INTEGER REFERENCES orders (id),
  charge_id         INTEGER REFERENCES charges (id),
  stripe_session_id TEXT,
  payment_intent_id TEXT,
  amount_minor      INTEGER,
  currency          TEXT,
  owed_minor        INTEGER,                                                             -- what was owed, where that is another amount
  owed_currency     TEXT,
  charge_named      TEXT    CHECK (json_valid(charge_named)),                            -- [player, kind, period] of a charge that is not here
  due_by            INTEGER,                                                             -- of a dispute: until when it can be answered, if Stripe says so
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
  event       TEXT    NOT NULL REFERENCES alert_events (word),
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
  kind          TEXT    NOT NULL REFERENCES kinds (word),
  currency      TEXT    NOT NULL CHECK (currency GLOB '[a-z][a-z][a-z]'),
  due_on        TEXT    NOT NULL CHECK (due_on GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'), -- of who was charged first
  opened_at     INTEGER NOT NULL,
  opened_by     TEXT    NOT NULL,                                                        -- an operator, or 'cron'
  charged       INTEGER NOT NULL CHECK (charged >= 0),                                   -- by all openings together
  charged_minor INTEGER NOT NULL CHECK (charged_minor >= 0),
  left_out      INTEGER NOT NULL CHECK (left_out >= 0),                                  -- by the newest one
  taken_back_at INTEGER,                                                                 -- its charges were closed; opened anew, it is not
  taken_back_by TEXT,
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
  template    TEXT    NOT NULL REFERENCES templates (word),
  charge_id   INTEGER NOT NULL REFERENCES charges (id),
  about       INTEGER NOT NULL,                                                          -- its number, of a link and a reminder; else the order
  state       TEXT    NOT NULL DEFAULT 'queued' REFERENCES message_states (word),
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

-- When operators logged out: a browser's session that began before is over. No row: never.
CREATE TABLE operators (
  name       TEXT    PRIMARY KEY,
  not_before INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How far a list of Stripe's has been read.
CREATE TABLE cursors (
  name         TEXT    PRIMARY KEY,
  since_at     INTEGER NOT NULL,                                                         -- everything before has been read
  until_at     INTEGER,                                                                  -- the end of the window at work
  after_id     TEXT,                                                                     -- the entry of it that was read last
  retry_from   INTEGER,                                                                  -- the oldest entry that could not be carried out
  updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
