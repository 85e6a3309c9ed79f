//! Deliberate weakenings of what ships: a proof that lets one of them pass proves nothing.
//!
//! A weakening of the books is an [`Edit`] of the texts that SQLite gets to see. One of the code is a
//! [`Patch`] of a copy of the source, which is built and explored in its own process. Either says
//! loudly when the text that it would replace is not there any more. The shipped code has no switch.

/// A text in migrations or statements, and what is put in its place.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    pub find: &'static str,
    pub replace: &'static str,
}

/// A text in a file under `src`, how often it stands there, and what is put in its place.
#[derive(Clone, Copy, Debug)]
pub struct Patch {
    pub file: &'static str,
    pub find: &'static str,
    pub times: usize,
    pub replace: &'static str,
}

/// A weakening.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    pub name: &'static str,
    pub edits: &'static [Edit],
    pub patches: &'static [Patch],
    /// Where it is looked for, in this order.
    pub configurations: &'static [&'static str],
}

impl Edit {
    /// The text after all edits.
    pub fn all(edits: &[Self], text: &str) -> String {
        edits.iter().fold(text.to_owned(), |text, edit| {
            text.replace(edit.find, edit.replace)
        })
    }
}

const fn edit(find: &'static str, replace: &'static str) -> Edit {
    Edit { find, replace }
}

const fn patch(file: &'static str, find: &'static str, replace: &'static str) -> Patch {
    Patch {
        file,
        find,
        times: 1,
        replace,
    }
}

const fn of_books(
    name: &'static str,
    edits: &'static [Edit],
    configurations: &'static [&'static str],
) -> Mutant {
    Mutant {
        name,
        edits,
        patches: &[],
        configurations,
    }
}

const fn of_code(
    name: &'static str,
    patches: &'static [Patch],
    configurations: &'static [&'static str],
) -> Mutant {
    Mutant {
        name,
        edits: &[],
        patches,
        configurations,
    }
}

/// All of them.
pub const ALL: &[Mutant] = &[
    of_books(
        "no compare-and-set: a move ignores the version",
        &[
            edit(
                "SELECT EXISTS (SELECT 1 FROM orders WHERE id = ?1 AND version = ?2)",
                "SELECT ?1 = ?1 AND ?2 = ?2",
            ),
            edit(
                "WHERE id = ?1 AND version = ?2 AND status = 'pending'",
                "WHERE id = ?1 AND ?2 = ?2 AND status = 'pending'",
            ),
        ],
        &["Stripe's errors"],
    ),
    of_books(
        "a claim does not look whether the place is free, and no index holds it",
        &[
            edit(
                "AND x.status IN ('pending', 'paid', 'refunded')) RETURNING json_array",
                "AND x.status = 'none') RETURNING json_array",
            ),
            edit(
                "CREATE UNIQUE INDEX one_live_order",
                "CREATE INDEX one_live_order",
            ),
            edit(
                "WHEN NEW.status IN ('pending', 'paid')\n AND EXISTS",
                "WHEN 0 AND EXISTS",
            ),
            edit(
                "WHEN (NEW.status IN ('pending', 'paid')\n      AND",
                "WHEN (0 AND",
            ),
        ],
        &["clicks"],
    ),
    of_books(
        "no audit trigger",
        &[edit(
            "AFTER UPDATE ON orders\nWHEN NEW.status <> OLD.status",
            "AFTER UPDATE ON orders\nWHEN 0",
        )],
        &["clicks"],
    ),
    of_books(
        "webhooks without dedupe",
        &[
            edit(
                "EXISTS (SELECT 1 FROM stripe_events WHERE id = ?1)",
                "(?1 = '')",
            ),
            edit(
                "INSERT INTO stripe_events",
                "INSERT OR IGNORE INTO stripe_events",
            ),
        ],
        &["refunds"],
    ),
    of_books(
        "a payment does not raise the version",
        &[edit("version = version + 1, cause = ?7", "cause = ?7")],
        &["webhooks"],
    ),
    of_code(
        "the key comes from the clock",
        &[
            Patch {
                file: "settle.rs",
                find: "            order: order.clone(),\n        })",
                times: 2,
                replace: "            order: Order { checks: now.0, ..order.clone() },\n        })",
            },
            patch(
                "settle.rs",
                "format!(\"order_{}\", self.order.id)",
                "format!(\"order_{}_{}\", self.order.id, self.order.checks)",
            ),
        ],
        &["clicks"],
    ),
    of_code(
        "cancel before expire",
        &[patch(
            "settle.rs",
            "    match retire(ports, order, now).await? {\n        Retirement::Dead(why)",
            "    ports.commit(&cancel(order, reason, Cause::Click, now)).await?;\n    match retire(ports, order, now).await? {\n        Retirement::Dead(why)",
        )],
        &["clicks"],
    ),
    of_code(
        "expire's 400 is swallowed",
        &[patch(
            "settle.rs",
            "Err(StripeFault::NotOpen) => Ok(false)",
            "Err(StripeFault::NotOpen) => Ok(true)",
        )],
        &["clicks"],
    ),
    of_code(
        "an old order is canceled without asking Stripe",
        &[patch(
            "settle.rs",
            "    let session = found.id().clone();\n",
            "    let session = found.id().clone();\n    if now >= order.created_at { return Ok(Retirement::Dead(None)); }\n",
        )],
        &["clicks"],
    ),
    of_code(
        "a retry's parameters come from today's configuration",
        &[Patch {
            file: "settle.rs",
            find: "            order: order.clone(),\n        })",
            times: 2,
            replace: "            order: Order { terms: crate::order::Terms { session_expires_at: now.plus(Millis::minutes(65)), ..order.terms.clone() }, ..order.clone() },\n        })",
        }],
        &["slow clicks"],
    ),
    of_code(
        "another's claim is finished without storing the session first",
        &[patch(
            "settle.rs",
            "if ports.attach(order.id, &session, now).await? {",
            "if session.id.0 != String::new() {",
        )],
        &["Stripe's errors"],
    ),
    of_code(
        "an unclear 5xx ends another's claim",
        &[patch(
            "settle.rs",
            "        Err(StripeFault::ServerError { replayed: true } | StripeFault::Refused(_)) => {\n            let retired",
            "        Err(StripeFault::ServerError { .. } | StripeFault::Refused(_)) => {\n            let retired",
        )],
        &["Stripe's errors"],
    ),
    of_code(
        "a bank debit at work is replaced",
        &[patch(
            "settle.rs",
            "Ok(SessionState::Clearing) => Ok(Retirement::Clearing)",
            "Ok(SessionState::Clearing) => Ok(Retirement::Dead(None))",
        )],
        &["bank debits"],
    ),
    of_code(
        "an order whose key is forgotten is dead unasked",
        &[patch(
            "settle.rs",
            "return Ok(completed_unheard(ports, order).await?.map(Found::Stored));",
            "return Ok(completed_unheard(ports, order).await?.map(Found::Stored).filter(|_| false));",
        )],
        &["days without a sweep"],
    ),
    of_code(
        "a fresh order is stale",
        &[patch(
            "guard.rs",
            "now.since(order.created_at) >= rules.stale_after",
            "now.since(order.created_at) >= Millis(0)",
        )],
        &["clicks"],
    ),
    of_code(
        "a stale order is fresh",
        &[patch(
            "guard.rs",
            "now.since(order.created_at) >= rules.stale_after",
            "now.since(order.created_at) >= Millis(i64::MAX)",
        )],
        &["clicks", "sessions that outlive their end"],
    ),
    of_code(
        "a changed amount is not noticed",
        &[patch(
            "guard.rs",
            "if order.money != charge.money {",
            "if order.money.currency != charge.money.currency {",
        )],
        &["the amount changes"],
    ),
    of_code(
        "a payment on a canceled order is dropped",
        &[patch(
            "webhook.rs",
            "            place(ports, order, payment, begun).await\n",
            "            of(\"late\", begun)\n",
        )],
        &["payers anywhere"],
    ),
    of_code(
        "a late payment is adopted without ending its rival",
        &[patch(
            "webhook.rs",
            "            match settle::retire(ports, &rival, begun.at).await? {",
            "            match Retirement::Dead(None) {",
        )],
        &["payers anywhere"],
    ),
    of_code(
        "a debit on its way is not stored with its order",
        &[patch(
            "webhook.rs",
            "        (SessionState::Clearing, OrderState::Pending { session: None }) => {",
            "        (SessionState::Clearing, OrderState::Pending { session: None }) if at.0 < 0 => {",
        )],
        &["days without a sweep, by bank debit"],
    ),
    of_code(
        "the sweep cancels without asking",
        &[patch(
            "sweep.rs",
            "        Some(Found::Stored(id)) => id,",
            "        Some(Found::Stored(id)) if id.0.is_empty() => id,\n        Some(Found::Stored(_)) => return cancel(CancelReason::Stale),",
        )],
        &["the sweep"],
    ),
    of_code(
        "the sweep does not look for events that were not delivered",
        &[patch(
            "sweep.rs",
            "for _ in 0..PAGES {",
            "for _ in PAGES..PAGES {",
        )],
        &["payers anywhere"],
    ),
    of_code(
        "a machine is let through",
        &[patch(
            "http.rs",
            "Verdict::Machine => Some(link_page),",
            "Verdict::Machine => None,",
        )],
        &[],
    ),
];
