//! Mutants: deliberate changes for the worse in what ships: a proof that lets one of them pass proves nothing.
//!
//! A mutant of the database is an [`Edit`] of the texts that SQLite gets to see. One of the code is a
//! [`Change`] of a function, made in a copy of the source that is built and explored in its own process.
//! A change names its function by file and name, wherever the file stands, and does not care how the code
//! is laid out. Either says loudly when what it would change is not there any more. The shipped code has no
//! switch.

use crate::edit::{Edit, edit};

/// A change of a function.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// `file::function`, the file without its folder and ending.
    pub function: &'static str,
    /// The text that stands in it once, white space aside.
    pub find: &'static str,
    pub replace: &'static str,
}

/// A mutant.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    pub name: &'static str,
    pub edits: &'static [Edit],
    pub changes: &'static [Change],
    /// Where it is looked for, in this order.
    pub configurations: &'static [&'static str],
}

const fn change(function: &'static str, find: &'static str, replace: &'static str) -> Change {
    Change {
        function,
        find,
        replace,
    }
}

const fn of_database(
    name: &'static str,
    edits: &'static [Edit],
    configurations: &'static [&'static str],
) -> Mutant {
    Mutant {
        name,
        edits,
        changes: &[],
        configurations,
    }
}

const fn of_code(
    name: &'static str,
    changes: &'static [Change],
    configurations: &'static [&'static str],
) -> Mutant {
    Mutant {
        name,
        edits: &[],
        changes,
        configurations,
    }
}

/// All of them.
pub const ALL: &[Mutant] = &[
    of_database(
        "the desk does not hear that a bank is at work",
        &[edit("(NEW.waits_for IS NOT OLD.waits_for OR ", "(")],
        &["bank debits"],
    ),
    of_database(
        "the desk does not hear that a charge was reopened",
        &[edit("OR NEW.reopened_at IS NOT OLD.reopened_at ", "")],
        &["an operator refunds and reopens"],
    ),
    of_database(
        "the desk does not hear that a part went back",
        &[edit("OR NEW.refunded_minor <> OLD.refunded_minor", "")],
        &["refunds"],
    ),
    of_database(
        "the desk does not hear that a charge was closed",
        &[edit("WHEN NEW.closed_at IS NOT OLD.closed_at OR ", "WHEN ")],
        &["an operator acts"],
    ),
    of_database(
        "no compare-and-set: a move ignores the version",
        &[
            edit(
                "SELECT EXISTS (SELECT 1 FROM orders o WHERE o.id = j.value ->> 0 AND o.version = j.value ->> 1)",
                "SELECT 1",
            ),
            edit(
                "WHERE orders.id = j.value ->> 0 AND version = j.value ->> 1 AND status = 'pending'",
                "WHERE orders.id = j.value ->> 0 AND status = 'pending'",
            ),
        ],
        &["Stripe's errors", "clicks"],
    ),
    of_database(
        "a claim does not look whether the place is free, and no index holds it",
        &[
            edit(
                "AND NOT EXISTS (SELECT 1 FROM counting_orders x WHERE x.charge_id = c.id)",
                "",
            ),
            edit(
                "CREATE UNIQUE INDEX one_live_order",
                "CREATE INDEX one_live_order",
            ),
        ],
        &["clicks"],
    ),
    of_database(
        "no audit trigger",
        &[edit(
            "AFTER UPDATE ON orders\nWHEN NEW.status <> OLD.status",
            "AFTER UPDATE ON orders\nWHEN 0",
        )],
        &["clicks"],
    ),
    of_database(
        "webhooks without dedupe",
        &[
            edit(
                "EXISTS (SELECT 1 FROM stripe_events e WHERE e.id = j.value ->> 0)",
                "(0)",
            ),
            edit(
                "INSERT INTO stripe_events",
                "INSERT OR IGNORE INTO stripe_events",
            ),
        ],
        &["refunds"],
    ),
    of_database(
        "a payment does not raise the version",
        &[edit(
            "next_check_at = j.value ->> 6, checks = 0, version = version + 1",
            "next_check_at = j.value ->> 6, checks = 0",
        )],
        &["webhooks"],
    ),
    of_database(
        "a refund of another payment of the charge is accepted",
        &[edit(
            "WHERE r.payment_intent_id = orders.payment_intent_id AND r.status IN",
            "WHERE r.payment_intent_id <> '' AND r.status IN",
        )],
        &["two payments, of which the treasurer refunds some"],
    ),
    of_database(
        "a partial refund counts as the whole",
        &[
            edit(
                "refunded_minor > 0 AND refunded_minor >= COALESCE(paid_minor, amount_minor)",
                "refunded_minor > 0",
            ),
            edit(
                "AND NEW.refunded_minor >= COALESCE(NEW.paid_minor, NEW.amount_minor))",
                "AND NEW.refunded_minor > 0)",
            ),
            edit(
                "AND x.refunded_minor < COALESCE(x.paid_minor, x.amount_minor)",
                "AND x.refunded_minor = 0",
            ),
        ],
        &["refunds"],
    ),
    of_database(
        "a partial refund ends a duplicate payment's incident",
        &[edit(
            "o.refunded_minor >= COALESCE(o.paid_minor, o.amount_minor)",
            "o.refunded_minor > 0",
        )],
        &["two payments, of which the treasurer refunds some"],
    ),
    of_database(
        "another amount than is owed is taken in silence",
        &[edit(
            "(COALESCE(o.paid_minor, o.amount_minor) <> IIF(c.closed_at IS NULL, c.amount_minor, 0) OR o.currency <> c.currency)",
            "o.currency <> c.currency",
        )],
        &["the amount changes during a cron run"],
    ),
    of_database(
        "an offline payment is recorded though the amount has changed since it was read",
        &[edit(
            "WHERE id = ?1 AND amount_minor = ?2 AND currency = ?3 AND",
            "WHERE id = ?1 AND currency = ?3 AND",
        )],
        &["an operator takes less or more than is owed, while the amount changes"],
    ),
    of_database(
        "an offline payment is recorded though the charge was closed meanwhile",
        &[edit("AND (closed_at IS NOT NULL) = ?4)", ")")],
        &["two operators act"],
    ),
    of_database(
        "a payment is taken for plain although another amount is owed",
        &[edit(
            " AND COALESCE(?9, o.paid_minor, o.amount_minor) = c.amount_minor",
            "",
        )],
        &["the amount changes during a cron run"],
    ),
    of_database(
        "a payment is taken for plain although its charge was closed",
        &[edit("AND c.closed_at IS NULL AND o.currency = c.currency", "")],
        &["an operator acts, payers anywhere"],
    ),
    of_database(
        "a payment that waits does not take a place that is freed",
        &[edit(
            "AND x.status IN ('canceled', 'refunded') AND x.paid_at",
            "AND x.status IN ('none') AND x.paid_at",
        )],
        &[
            "two payments, of which the treasurer refunds some",
            "payers anywhere, by bank debit",
        ],
    ),
    of_database(
        "money that comes back to a refunded order does not take a place that is free",
        &[edit(
            "AND x.status IN ('canceled', 'refunded') AND x.paid_at",
            "AND x.status IN ('canceled') AND x.paid_at",
        )],
        &["a dispute that is won after it was lost"],
    ),
    of_database(
        "money that comes back beside another payment is told to nobody",
        &[edit(
            "AND o.status IN ('canceled', 'refunded') AND o.paid_at IS NOT NULL",
            "AND o.status IN ('none') AND o.paid_at IS NOT NULL",
        )],
        &["a refund that ends late, between reopen and the next payment"],
    ),
    of_database(
        "of a dispute's events the one that comes last decides",
        &[edit(") AND excluded.created_at >= created_at", ")")],
        &["disputes, in any order of their events"],
    ),
    of_database(
        "two requests for refunds of one payment may be open",
        &[
            edit(
                "CREATE UNIQUE INDEX one_open_refund",
                "CREATE INDEX one_open_refund",
            ),
            edit(
                "WHERE r.status = 'requested' AND o.charge_id =",
                "WHERE r.status = 'none' AND o.charge_id =",
            ),
        ],
        &["an operator refunds a part, twice by one page"],
    ),
    of_database(
        "a payment is refunded while a refund of the charge's other one is at work",
        &[edit(
            "WHERE r.status = 'requested' AND o.charge_id =",
            "WHERE r.status = 'requested' AND o.payment_intent_id = ?1 AND o.charge_id =",
        )],
        &["an operator refunds one of two payments, and the cron the other"],
    ),
    of_database(
        "a payment is placed on a charge of another name",
        &[edit(
            "WHERE p.player_id = j.value ->> '$[5][0]'",
            "WHERE p.id = CAST(j.value ->> '$[5][0]' AS INTEGER)",
        )],
        &["a database restored to before its import"],
    ),
    of_code(
        "a refund is asked for again under another key",
        &[change(
            "refund_request::ask",
            "ports.refund(request).await",
            "ports.refund(&RefundRequest { id: crate::domain::id::RequestId::new(&ports.random_bytes()), ..request.clone() }).await",
        )],
        &["an operator refunds a part, and dies"],
    ),
    of_code(
        "a refund that Stripe does not list is given up while it may be on its way",
        &[
            change("refund_request::ask", "age >= KEY_KEPT", "age.0 > 0"),
            change("refund_request::ask", "age < KEY_FORGOTTEN", "age.0 <= 0"),
        ],
        &["an operator refunds a part, and dies"],
    ),
    of_code(
        "a refund that Stripe refuses is asked for again for ever",
        &[change(
            "refund_request::ask",
            "end(ports, commit, request, RequestEnd::Refused).await?;",
            "ports.commit(&commit).await?;",
        )],
        &["two payments, refunded by the cron"],
    ),
    of_code(
        "a refund whose answer was lost is finished by nobody",
        &[change(
            "reconcile::requests",
            "for request in &open {",
            "for request in open.iter().filter(|_| now.0 < 0) {",
        )],
        &["an operator refunds a part, and dies"],
    ),
    of_code(
        "a refund is made though another sum has gone back than the operator saw",
        &[change(
            "operator::portion",
            "asked.seen.is_some_and(|seen| seen != taken.refunded_minor)",
            "asked.seen.is_some_and(|seen| seen < 0)",
        )],
        &["an operator refunds a part, twice by one page"],
    ),
    of_code(
        "a request for a refund does not expect the order as it was read",
        &[change(
            "refunds::expected",
            "RequestChange::Open { request, version } => Some((request.order, *version)),",
            "RequestChange::Open { .. } => None,",
        )],
        &["an operator refunds a part, twice by one page"],
    ),
    of_code(
        "a payment page is given up before its time",
        &[change(
            "operator::act",
            "if now < order.ends_by_itself() {",
            "if now < order.created_at {",
        )],
        &["an operator gives up a page that Stripe does not know"],
    ),
    of_code(
        "a completed session is led to again",
        &[change(
            "decide::pending",
            "if let Some(waiting) = waiting",
            "if let Some(waiting) = waiting.filter(|_| now < order.created_at)",
        )],
        &["bank debits"],
    ),
    of_code(
        "an event about a refund is dropped if its payment is recorded meanwhile",
        &[change(
            "events::payment_first",
            "_ if is_recorded => Step::Again,",
            "",
        )],
        &["a payer comes back while the treasurer refunds"],
    ),
    of_code(
        "the key comes from the clock",
        &[
            change(
                "click::finish",
                "Claim::left_behind(order)",
                "Claim::left_behind(&Order { checks: now.0, ..order.clone() })",
            ),
            change(
                "claim::idempotency_key",
                "format!(\"checkout_{}\", self.order.attempt)",
                "format!(\"checkout_{}_{}\", self.order.attempt, self.order.checks)",
            ),
        ],
        &["clicks"],
    ),
    of_code(
        "an operator's act does not end the session first",
        &[change(
            "operator::act",
            "match session::end(ports, policy, order, now).await {",
            "match Ok::<_, GuardError>(Ended::Unpayable(None)) {",
        )],
        &["an operator acts"],
    ),
    of_code(
        "an operator's act gives up what its winner is at work on",
        &[change(
            "session::end",
            "Located::Nowhere if order.is_ours() && !is_safe_to_give_up(order, now) => { return Err(GuardError::Busy); }",
            "",
        )],
        &["an operator acts, payers anywhere"],
    ),
    of_code(
        "an operator's act overrules a payment that was faster",
        &[change(
            "operator::act",
            "match ports.commit(&paid).await? { Committed::Done | Committed::Conflict => continue, }",
            "let _ = paid; commit = commit.moving(order, Transition::Canceled(what.reason()));",
        )],
        &["an operator acts"],
    ),
    of_code(
        "an operator's act overrules a bank that is at work",
        &[change(
            "operator::act",
            "Ended::Processing(_) => return Ok(Acted::Refused(Obstacle::Processing)),",
            "Ended::Processing(_) => commit = commit.moving(order, Transition::Canceled(what.reason())),",
        )],
        &["an operator acts while a bank is at work"],
    ),
    of_code(
        "an offline payment of less than is owed is recorded without a word",
        &[change(
            "operator::unsettled",
            "(Ordering::Equal, None) if paid.currency == owed.currency => None,",
            "(Ordering::Equal | Ordering::Less, None) if paid.currency == owed.currency => None,",
        )],
        &["two operators act"],
    ),
    of_code(
        "what an operator says of a rest is taken for what they say of another one",
        &[change(
            "operator::unsettled",
            "seen.is_none_or(|seen| seen == owed)",
            "seen.is_none_or(|seen| seen.currency == owed.currency)",
        )],
        &["an operator takes less or more than is owed, while the amount changes"],
    ),
    of_code(
        "the key comes from the order's id",
        &[change(
            "claim::idempotency_key",
            "self.order.attempt",
            "self.order.id",
        )],
        &["a restored database"],
    ),
    of_code(
        "cancel before expire",
        &[change(
            "click::replace",
            "match session::end(ports, policy, order, now).await? {",
            "ports.commit(&Commit::new(Cause::Click, now).moving(order, Transition::Canceled(reason))).await?;
             match session::end(ports, policy, order, now).await? {",
        )],
        &["clicks"],
    ),
    of_code(
        "expire's 400 is swallowed",
        &[change(
            "session::expire",
            "Err(StripeError::NotOpen) => Ok(false)",
            "Err(StripeError::NotOpen) => Ok(true)",
        )],
        &["clicks"],
    ),
    of_code(
        "an old order is canceled without asking Stripe",
        &[change(
            "session::end",
            "same_mode(policy, order, &session)?;",
            "same_mode(policy, order, &session)?;
             if now >= order.created_at { return Ok(Ended::Unpayable(None)); }",
        )],
        &["clicks"],
    ),
    of_code(
        "a retry's parameters come from today's configuration",
        &[change(
            "click::finish",
            "Claim::left_behind(order)",
            "Claim::left_behind(&Order {
                 terms: crate::domain::order::Terms { session_expires_at: now.plus(Millis::minutes(65)), ..order.terms.clone() },
                 ..order.clone()
             })",
        )],
        &["slow clicks"],
    ),
    of_code(
        "another's claim is finished without storing the session first",
        &[change(
            "click::hand_out",
            "if ports.attach(order.id, session, ports.now()).await? {",
            "if !session.id.0.is_empty() {",
        )],
        &["Stripe's errors", "clicks", "slow clicks"],
    ),
    of_code(
        "an unclear 5xx ends another's claim",
        &[change(
            "click::finish",
            "Err(StripeError::ServerError { replayed: true }) => {",
            "Err(StripeError::ServerError { .. }) => {",
        )],
        &["Stripe's errors"],
    ),
    of_code(
        "a slow winner answers before it stores the session",
        &[change(
            "click::create",
            "if ports.now().since(claimed_at) < QUICK",
            "if ports.now() >= claimed_at",
        )],
        &["slow clicks, refused"],
    ),
    of_code(
        "a 404 is taken for a session that has ended",
        &[
            change(
                "session::retrieve",
                "Err(StripeError::NotFound) if order.may_be_unknown() => Ok(None),",
                "Err(StripeError::NotFound) => Ok(None),",
            ),
            change(
                "session::expire",
                "Err(StripeError::NotFound) if order.may_be_unknown() => Ok(true),",
                "Err(StripeError::NotFound) => Ok(true),",
            ),
        ],
        &["a key of another account, refusals, invalid responses"],
    ),
    of_code(
        "a session of the other mode is asked about",
        &[
            change(
                "session::same_mode",
                "if id.mode().is_none_or(|mode| mode == policy.mode) {",
                "if id.mode().is_none_or(|mode| mode == policy.mode || mode != policy.mode) {",
            ),
        ],
        &["an imported order of the other mode"],
    ),
    of_code(
        "a bank debit at work is replaced",
        &[change(
            "session::end",
            "SessionState::Processing(waiting) => Ok(Ended::Processing(waiting)),",
            "SessionState::Processing(_) => Ok(Ended::Unpayable(None)),",
        )],
        &["bank debits"],
    ),
    of_code(
        "an order whose key brings nothing back has no session",
        &[change(
            "session::locate",
            "in_list(ports, order).await",
            "Ok(Located::Nowhere)",
        )],
        &["days without the cron"],
    ),
    of_code(
        "a 400 on a replay means that there is no session",
        &[
            change(
                "session::locate",
                "let is_accepted = now.plus(SHORTEST_LIFE) <= order.terms.session_expires_at;",
                "let is_accepted = now > order.created_at;",
            ),
            change(
                "session::locate",
                "Err( StripeError::ServerError { replayed: true } | StripeError::Refused(_) | StripeError::IdempotencyMismatch, ) => {}",
                "Err(StripeError::ServerError { replayed: true } | StripeError::Refused(_) | StripeError::IdempotencyMismatch) => {
                     return Ok(Located::Nowhere);
                 }",
            ),
        ],
        &["slow clicks, parameters checked before the key"],
    ),
    of_code(
        "a fresh order is stale",
        &[change(
            "decide::pending",
            "now.since(order.created_at) >= rules.stale_after",
            "now.since(order.created_at) >= Millis(0)",
        )],
        &["clicks"],
    ),
    of_code(
        "a stale order is fresh",
        &[change(
            "decide::pending",
            "now.since(order.created_at) >= rules.stale_after",
            "now.since(order.created_at) >= Millis(i64::MAX)",
        )],
        &["clicks", "sessions that outlive their end"],
    ),
    of_code(
        "a changed amount is not noticed",
        &[change(
            "decide::pending",
            "if order.money != charge.money {",
            "if order.money.currency != charge.money.currency {",
        )],
        &["the amount changes"],
    ),
    of_code(
        "a payment on a canceled order is dropped",
        &[change(
            "events::of_order",
            "(SessionState::Paid(payment), OrderState::Canceled) if is_own => {",
            "(SessionState::Paid(payment), OrderState::Canceled) if is_own && payment.session.0.is_empty() => {",
        ), change(
            "events::of_order",
            "(SessionState::Paid(payment), _) => {",
            "(SessionState::Paid(_), OrderState::Canceled) => write(\"late\", base),
             (SessionState::Paid(payment), _) => {",
        )],
        &["payers anywhere"],
    ),
    of_code(
        "a late payment is adopted without ending its competing order",
        &[change(
            "late_payment::place",
            "match session::end(ports, policy, &other, commit.at).await? {",
            "match Ended::Unpayable(None) {",
        )],
        &["payers anywhere"],
    ),
    of_code(
        "the other payment is not looked at before a refund",
        &[change(
            "late_payment::refund_duplicate",
            "Some(intent) => !refunds::any_counts(&ports.refunds(&intent).await?),",
            "Some(_) => true,",
        )],
        &["two payments, refunded by the cron"],
    ),
    of_code(
        "every session is taken for its order's own",
        &[change(
            "events::of_order",
            "let is_own = order.session.as_ref().is_none_or(|id| *id == session.id);",
            "let is_own = true;",
        )],
        &["a Stripe that forgets its keys"],
    ),
    of_code(
        "another database's payment is taken for ours",
        &[change(
            "events::of_nobody",
            ".filter(|identity| identity.installation == found.installation)",
            ".filter(|identity| !identity.installation.0.is_empty())",
        )],
        &["another database on the account"],
    ),
    of_code(
        "the cron cancels without asking",
        &[change(
            "reconcile::check_pending",
            "let Some(found) = session::retrieve(ports, policy, order, &id).await? else {",
            "let Some(found) = session::retrieve(ports, policy, order, &id).await?.filter(|_| false) else {",
        )],
        &["the cron"],
    ),
    of_code(
        "the cron reads no events",
        &[change(
            "reconcile::events",
            "while run.may_read(share) {",
            "while run.may_read(share) && now.0 < 0 {",
        )],
        &["payers anywhere", "refunds, read by the cron"],
    ),
    of_code(
        "a page records its events and moves nothing",
        &[change(
            "page::sort",
            "sorted.commit.moves.extend(effect.commit.moves);",
            "",
        )],
        &["a page of events, while a webhook comes"],
    ),
    of_code(
        "a page whose transaction lost a race counts as read",
        &[change(
            "page::carry_out",
            "Ok(Committed::Conflict) | Err(_) => unseen.iter().map(|(event, _)| *event).collect(),",
            "Ok(Committed::Conflict) | Err(_) => Vec::new(),",
        )],
        &["a page of events, while a webhook comes"],
    ),
    of_code(
        "a page leaves what it cannot carry out at once",
        &[change(
            "reconcile::carry_out",
            "for event in carried.odd {",
            "for event in carried.odd.into_iter().take(0) {",
        )],
        &["refunds, read by the cron"],
    ),
    of_code(
        "the cron looks for events no further back than now",
        &[change(
            "reconcile::events",
            "ports.events(cursor.since, until, after.as_ref()).await",
            "ports.events(until, until, after.as_ref()).await",
        )],
        &["the cron", "webhooks"],
    ),
    of_code(
        "what could not be asked is asked again after a month",
        &[change(
            "reconcile::orders",
            "now.plus(INTERVAL)",
            "now.plus(Millis::minutes(30 * 24 * 60))",
        )],
        &["the cron", "two runs of the cron"],
    ),
    of_code(
        "one order's error ends the run",
        &[change(
            "reconcile::orders",
            "Err(error @ GuardError::Store(_)) => return Err(error),",
            "Err(error) if !matches!(error, GuardError::Busy) => return Err(error),",
        )],
        &["an imported order of the other mode"],
    ),
    of_code(
        "one review's error ends the run",
        &[
            change(
                "refund_request::ask",
                "Err(StripeError::Refused(refusal)) => Some(refusal),",
                "Err(error @ StripeError::Refused(_)) => return Err(error.into()),",
            ),
            change(
                "reconcile::reviews",
                "Err(error @ GuardError::Store(_)) => return Err(error),",
                "Err(error) if !matches!(error, GuardError::Busy) => return Err(error),",
            ),
        ],
        &["two payments, refunded by the cron"],
    ),
    of_code(
        "an order that was forgotten is not made anew",
        &[change(
            "events::of_nobody",
            "SessionState::Paid(payment) => payment.money.or(session.money),",
            "SessionState::Paid(_) => return Known::News(News::Write(\"late\", base, None)),",
        )],
        &["a restored database"],
    ),
    of_code(
        "a session that was forgotten stays open",
        &[change(
            "restore::expire",
            "match ports.expire(&session.id).await {",
            "match ports.retrieve(&session.id).await.map(|_| ()) {",
        )],
        &["a restored database"],
    ),
    of_code(
        "a machine is let through",
        &[change(
            "link::route",
            "Verdict::Machine => Some(link_page(head.method)),",
            "Verdict::Machine => None,",
        )],
        &[],
    ),
];
