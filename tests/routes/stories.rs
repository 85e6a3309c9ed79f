//! Stories: whatever parents, banks, operators and Stripe do, in an order that a seed draws. After every step the desk's sums
//! and states are those of a recomputation. At the end of each, once everything was told, the database and Stripe's ledger
//! say the same, and nobody keeps money in silence.
//!
//! A story that fails names its seed, and says what was done. `SEED=` runs that one alone, `STORIES=` so many of them.

use std::env;

use fake_stripe::{DisputeStatus, Fault, FaultKind, IntentStatus, RefundStatus, Scope};
use serde_json::json;

use crate::harness::{Harness, MINUTE, link};

/// How many stories are told with each setting.
const STORIES: u64 = 60;
const STEPS: usize = 45;

/// The desk's view of each charge, worked out anew from orders and charges.
// In other words than the migrations': the model is held against it.
const STATES: &str = "\
    SELECT c.id, CASE \
        WHEN EXISTS (SELECT 1 FROM orders o WHERE o.charge_id = c.id AND o.status = 'paid') THEN 'paid' \
        WHEN EXISTS (SELECT 1 FROM orders o WHERE o.charge_id = c.id AND o.status = 'pending' AND o.waits_for = 'payer') THEN 'action_required' \
        WHEN EXISTS (SELECT 1 FROM orders o WHERE o.charge_id = c.id AND o.status = 'pending' AND o.waits_for = 'bank') THEN 'processing' \
        WHEN EXISTS (SELECT 1 FROM orders o WHERE o.charge_id = c.id AND o.status = 'pending') THEN 'pending' \
        WHEN c.closed_at IS NOT NULL OR c.amount_minor = 0 THEN 'closed' \
        WHEN EXISTS (SELECT 1 FROM orders o WHERE o.charge_id = c.id AND o.status = 'refunded' AND o.reopened_at IS NULL) THEN 'refunded' \
        ELSE 'unpaid' END, c.amount_minor, c.currency \
    FROM charges c ORDER BY c.id";
const COLLECTED: &str = "\
    SELECT COALESCE(SUM(COALESCE(paid_minor, amount_minor) - refunded_minor), 0) FROM orders WHERE paid_at IS NOT NULL";
const WAIVED: &str = "\
    SELECT COALESCE(SUM(rest_minor), 0) FROM orders WHERE status = 'paid' AND rest_minor > 0";
const SURPLUS: &str = "\
    SELECT COALESCE(SUM(-rest_minor), 0) FROM orders WHERE status = 'paid' AND rest_minor < 0";
/// Offline payments that count, and that are with their rest not what is owed.
const UNSETTLED: &str = "\
    SELECT o.id FROM orders o JOIN charges c ON c.id = o.charge_id \
    WHERE o.status = 'paid' AND o.method = 'offline' AND o.paid_minor + o.rest_minor <> c.amount_minor";

const SUMS: &str = "\
    SELECT state, kind, period, due_on, currency, count, minor FROM sums WHERE count <> 0 OR minor <> 0 \
    ORDER BY state, kind, period, due_on, currency";
const RECOMPUTED: &str = "\
    SELECT s.state, c.kind, c.period, COALESCE(c.due_on, '') AS due_on, c.currency, COUNT(*), SUM(c.amount_minor) \
    FROM charges c JOIN standings s ON s.id = c.id GROUP BY s.state, c.kind, c.period, due_on, c.currency \
    UNION ALL \
    SELECT * FROM (SELECT 'collected' AS state, '' AS kind, '' AS period, '' AS due_on, currency, \
                          SUM(COALESCE(paid_minor, amount_minor) > refunded_minor) AS count, \
                          SUM(COALESCE(paid_minor, amount_minor) - refunded_minor) AS minor \
                   FROM orders WHERE paid_at IS NOT NULL GROUP BY currency) WHERE count <> 0 OR minor <> 0 \
    UNION ALL \
    SELECT IIF(rest_minor > 0, 'waived', 'surplus'), '', '', '', currency, COUNT(*), SUM(ABS(rest_minor)) \
    FROM orders WHERE status = 'paid' AND rest_minor <> 0 GROUP BY 1, currency \
    ORDER BY 1, 2, 3, 4, 5";

/// A xorshift generator: the same story for the same seed, on every machine.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..8).for_each(|_| {
            dice.below(2);
        });
        dice
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let bound = u64::try_from(of.len()).ok().filter(|len| *len > 0)?;
        of.get(usize::try_from(self.below(bound)).ok()?).cloned()
    }
}

struct Story {
    harness: Harness,
    dice: Dice,
    told: Vec<String>,
    /// How often an operator was told that a refund was made, is made, or may be.
    presses: usize,
}

impl Story {
    fn begin(seed: u64, auto_refund: &str) -> Self {
        let settings = [
            ("MAIL_FROM", "pay@club.example"),
            ("REMIND_AFTER_DAYS", "2"),
            ("AUTO_REFUND", auto_refund),
            ("BILLING_DAY", "1"),
        ];
        let harness = Harness::configured(&settings)
            .with_charge()
            .with_second_charge();
        Self {
            harness,
            dice: Dice::new(seed),
            told: Vec::new(),
            presses: 0,
        }
    }

    fn step(&mut self) {
        let charge = 2 + self.dice.below(2);
        let what = self.dice.below(30);
        let said = match what {
            0..=4 => {
                let token = format!("demo-token-{}", charge + 24);
                format!(
                    "click on {charge}: {}",
                    self.harness.ask(&link(&token)).status
                )
            }
            5..=7 => self.in_a_session("pays", fake_stripe::Stripe::pay),
            8 => self.in_a_session("debit", fake_stripe::Stripe::pay_by_debit),
            9 => self.in_a_session("microdeposits", fake_stripe::Stripe::pay_by_microdeposits),
            10 => self.a_bank_answers(),
            11..=13 => format!("webhooks: {:?}", self.harness.deliver_webhooks()),
            14 => {
                self.harness.lose_webhooks();
                "webhooks are lost".to_owned()
            }
            15 => {
                self.harness.cron();
                "cron".to_owned()
            }
            16 => {
                let minutes = self.dice.pick(&[1, 10, 31, 70, 60 * 26]).unwrap_or(1);
                self.harness.pass(minutes * MINUTE);
                format!("{minutes} minutes pass")
            }
            17 => self.refund_in_the_dashboard(),
            18 => self.a_refund_comes_back(),
            19 => self.a_dispute(),
            20..=22 => self.refund_at_the_desk(),
            _ => self.act(charge),
        };
        self.told.push(said);
    }

    fn in_a_session<T, E>(
        &mut self,
        what: &str,
        pay: fn(&mut fake_stripe::Stripe, &str, i64) -> Result<T, E>,
    ) -> String {
        let now = self.harness.now_ms();
        let stripe = self.harness.stripe.borrow();
        let open: Vec<String> = stripe
            .sessions()
            .filter(|session| session.is_open(now))
            .map(|session| session.id.to_string())
            .collect();
        drop(stripe);
        let Some(session) = self.dice.pick(&open) else {
            return format!("{what}: no session is open");
        };
        let is_done = pay(&mut self.harness.stripe.borrow_mut(), &session, now).is_ok();
        format!("{what}: {is_done}")
    }

    fn a_bank_answers(&mut self) -> String {
        let stripe = self.harness.stripe.borrow();
        let waiting: Vec<String> = stripe
            .payment_intents()
            .filter(|intent| intent.status == IntentStatus::Processing)
            .map(|intent| intent.session.to_string())
            .collect();
        drop(stripe);
        let pays = self.dice.below(2) == 0;
        let Some(session) = self.dice.pick(&waiting) else {
            return "no bank is at work".to_owned();
        };
        let now = self.harness.now_ms();
        let mut stripe = self.harness.stripe.borrow_mut();
        let is_done = stripe.resolve_async_payment(&session, pays, now).is_ok();
        format!("a bank answers {pays}: {is_done}")
    }

    /// The payments that Stripe took.
    fn payments(&self) -> Vec<String> {
        let stripe = self.harness.stripe.borrow();
        let taken = stripe
            .payment_intents()
            .filter(|intent| intent.status == IntentStatus::Succeeded);
        taken.map(|intent| intent.id.to_string()).collect()
    }

    fn refund_in_the_dashboard(&mut self) -> String {
        let payments = self.payments();
        let Some(payment) = self.dice.pick(&payments) else {
            return "nothing to refund".to_owned();
        };
        let part = self.dice.pick(&[None, Some(4_000)]).flatten();
        let mut stripe = self.harness.stripe.borrow_mut();
        if self.dice.below(3) == 0 {
            stripe.set_next_refund(RefundStatus::Pending);
        }
        let is_done = stripe.refund(&payment, part, self.harness.now_ms()).is_ok();
        format!("a refund of {part:?} in the dashboard: {is_done}")
    }

    fn a_refund_comes_back(&mut self) -> String {
        let mut stripe = self.harness.stripe.borrow_mut();
        let refunds: Vec<String> = stripe.refunds().map(|it| it.id.to_string()).collect();
        let Some(refund) = self.dice.pick(&refunds) else {
            return "no refund".to_owned();
        };
        let now = self.harness.now_ms();
        if self.dice.below(2) == 0 {
            format!(
                "a refund fails: {}",
                stripe.fail_refund(&refund, now).is_ok()
            )
        } else {
            format!(
                "a refund is canceled: {}",
                stripe.cancel_refund(&refund, now).is_ok()
            )
        }
    }

    fn a_dispute(&mut self) -> String {
        let payments = self.payments();
        let mut stripe = self.harness.stripe.borrow_mut();
        let now = self.harness.now_ms();
        let disputes: Vec<String> = stripe.disputes().map(|it| it.id.to_string()).collect();
        match (
            self.dice.below(3),
            self.dice.pick(&disputes),
            self.dice.pick(&payments),
        ) {
            (0, Some(dispute), _) => {
                let won = self.dice.below(2) == 0;
                let is_done = stripe.close_dispute(&dispute, won, now).is_ok();
                format!("a dispute is closed, won {won}: {is_done}")
            }
            (1, Some(dispute), _) => {
                let is_done = stripe.appeal_dispute(&dispute, now).is_ok()
                    && stripe
                        .set_dispute_status(&dispute, DisputeStatus::Won, now + 5_000)
                        .is_ok();
                format!("an appeal is won: {is_done}")
            }
            (_, _, Some(payment)) => {
                format!("a dispute: {}", stripe.dispute(&payment, now).is_ok())
            }
            (_, _, None) => "nothing to dispute".to_owned(),
        }
    }

    /// An operator refunds, perhaps twice by one form, and perhaps Stripe's answer is lost.
    fn refund_at_the_desk(&mut self) -> String {
        let paid = self
            .harness
            .rows("SELECT id FROM orders WHERE paid_at IS NOT NULL");
        let Some(order) = self.dice.pick(&paid) else {
            return "nothing to refund at the desk".to_owned();
        };
        let seen = self.harness.rows(&format!(
            "SELECT printf('%d.%02d', refunded_minor / 100, refunded_minor % 100) FROM orders WHERE id = {order}"
        ));
        let body = match self.dice.below(3) {
            0 => json!({}),
            _ => json!({ "amount": "30.00", "refunded": seen[0] }),
        };
        if self.dice.below(3) == 0 {
            let kind = self
                .dice
                .pick(&[
                    FaultKind::DropAfter,
                    FaultKind::DropBefore,
                    FaultKind::ErrorAfter,
                ])
                .unwrap_or(FaultKind::DropAfter);
            let lost = Fault::next(Scope::CreateRefund, kind, 3);
            self.harness.stripe.borrow_mut().add_fault(lost);
        }
        let presses = 1 + self.dice.below(2);
        let target = format!("/admin/orders/{order}/refund");
        let answers: Vec<u16> = (0..presses)
            .map(|_| self.harness.act(&target, &body).0)
            .collect();
        self.harness.stripe.borrow_mut().clear_faults();
        self.presses += answers.iter().filter(|it| matches!(it, 200 | 503)).count();
        format!("refund of order {order} at the desk, {body}: {answers:?}")
    }

    fn act(&mut self, charge: u64) -> String {
        let path = |act: &str| format!("/admin/charges/{charge}/{act}");
        let (act, body) = match self.dice.below(7) {
            0 => {
                let amount = self.dice.pick(&["150.00", "165.00", "80.00", "0"]);
                ("amount", json!({ "amount": amount }))
            }
            1 => ("close", json!({ "reason": "x" })),
            2 | 3 => ("reopen", json!({})),
            4 => {
                let amount = self.dice.pick(&["150.00", "150.00", "100.00", "200.00"]);
                let rest = self.dice.pick(&[None, Some("waived"), Some("kept")]);
                (
                    "offline-payment",
                    json!({ "amount": amount, "method": "cash", "rest": rest.flatten() }),
                )
            }
            5 => ("cancel-pending", json!({})),
            _ => {
                let amount = self.dice.pick(&["150.00", "99.00", "0"]).unwrap_or("0");
                let line =
                    format!("player_id,player,amount,monthly_fee\n26,Player 26,{amount},60.00\n");
                return format!("import of {amount}: {}", self.harness.import(&line).status);
            }
        };
        format!(
            "{act} {charge} {body}: {}",
            self.harness.act(&path(act), &body).0
        )
    }

    /// Everything is told, and the cron has had its time.
    fn ends(&mut self) {
        for minutes in [5, 5, 5, 5, 5, 5, 70, 70, 70, 70, 70, 70] {
            self.harness.deliver_webhooks();
            self.harness.pass(minutes * MINUTE);
            self.harness.cron();
        }
    }

    fn fail(&self, seed: u64, why: &str) -> ! {
        panic!(
            "story {seed}: {why}\n{:#?}\norders {:#?}\nrefunds {:#?}\nincidents {:#?}",
            self.told,
            self.harness.rows("SELECT id, charge_id, status, origin, method, amount_minor, paid_minor, refunded_minor, reopened_at FROM orders"),
            self.harness.rows("SELECT id, stripe_id, request, status, amount_minor, actor FROM refunds"),
            self.harness.rows("SELECT kind, order_id, charge_id, resolution FROM incidents"),
        )
    }

    /// The desk shows what a recomputation gives.
    fn check_the_desk(&self, seed: u64) {
        let dashboard = self.harness.read("/admin");
        let shown = self
            .harness
            .rows("SELECT id, state, amount_minor, currency FROM charges ORDER BY id");
        if shown != self.harness.rows(STATES) {
            self.fail(
                seed,
                &format!(
                    "the desk shows {shown:?}, and it is {:?}",
                    self.harness.rows(STATES)
                ),
            );
        }
        let (sums, recomputed) = (self.harness.rows(SUMS), self.harness.rows(RECOMPUTED));
        if sums != recomputed {
            self.fail(
                seed,
                &format!("the sums are {sums:#?}, and should be {recomputed:#?}"),
            );
        }
        let sum = |totals: &serde_json::Value| -> String {
            let all = totals.as_array().cloned().unwrap_or_default();
            let major = |total: &serde_json::Value| total["amount"].as_str().map(str::to_owned);
            all.iter()
                .find_map(major)
                .unwrap_or("0.00".to_owned())
                .replace('.', "")
        };
        for (name, sql) in [
            ("collected", COLLECTED),
            ("waived", WAIVED),
            ("surplus", SURPLUS),
        ] {
            let is = self.harness.rows(sql);
            let shown = sum(&dashboard[name]);
            if shown.trim_start_matches('0') != is[0].trim_start_matches('0') {
                self.fail(seed, &format!("{name} {shown}, and it is {is:?}"));
            }
        }
        let unsettled = self.harness.rows(UNSETTLED);
        if !unsettled.is_empty() {
            self.fail(
                seed,
                &format!("a rest of which nobody has said what becomes of it: {unsettled:?}"),
            );
        }
        let owed = self.harness.rows(&format!(
            "SELECT COALESCE(SUM(amount_minor), 0) FROM charges c WHERE c.id IN \
               (SELECT s.column1 FROM (VALUES {}) s)",
            self.outstanding()
        ));
        let shown = sum(&dashboard["outstanding"]);
        if shown.trim_start_matches('0') != owed[0].trim_start_matches('0') {
            self.fail(seed, &format!("outstanding {shown}, and it is {owed:?}"));
        }
    }

    /// The charges that are still to be paid, as a list of values.
    fn outstanding(&self) -> String {
        let open = ["unpaid", "pending", "processing", "action_required"];
        let ids: Vec<String> = self
            .harness
            .rows(STATES)
            .iter()
            .filter(|row| {
                open.iter()
                    .any(|state| row.split('|').nth(1) == Some(state))
            })
            .filter_map(|row| row.split('|').next().map(|id| format!("({id})")))
            .collect();
        if ids.is_empty() {
            "(0)".to_owned()
        } else {
            ids.join(", ")
        }
    }

    /// The database says of every payment what Stripe says, and what is kept is counted or told.
    fn check_the_money(&self, seed: u64) {
        let stripe = self.harness.stripe.borrow();
        for intent in stripe
            .payment_intents()
            .filter(|intent| intent.status == IntentStatus::Succeeded)
        {
            let id = intent.id.to_string();
            let refunded: i64 = stripe
                .refunds()
                .filter(|it| it.payment_intent.to_string() == id)
                .filter(|it| !matches!(it.status, RefundStatus::Failed | RefundStatus::Canceled))
                .map(|it| it.amount)
                .sum();
            let lost: i64 = stripe
                .disputes()
                .filter(|it| {
                    it.payment_intent.to_string() == id && it.status == DisputeStatus::Lost
                })
                .map(|it| it.amount)
                .sum();
            let here = self.harness.rows(&format!(
                "SELECT paid_minor, refunded_minor FROM orders WHERE payment_intent_id = '{id}'"
            ));
            let there = format!("{}|{}", intent.amount, refunded + lost);
            if here != [there.clone()] {
                self.fail(
                    seed,
                    &format!("{id} is {there} at Stripe, and here {here:?}"),
                );
            }
        }
        for charge in [2, 3] {
            let kept = self.harness.rows(&format!(
                "SELECT id FROM orders WHERE charge_id = {charge} AND paid_at IS NOT NULL \
                   AND refunded_minor < COALESCE(paid_minor, amount_minor)"
            ));
            let counted = self.harness.rows(&format!(
                "SELECT id FROM orders WHERE charge_id = {charge} AND status = 'paid'"
            ));
            for order in kept.iter().filter(|order| !counted.contains(order)) {
                let told = self.harness.rows(&format!(
                    "SELECT kind FROM incidents WHERE order_id = {order} AND kind = 'duplicate_payment' AND resolved_at IS NULL"
                ));
                if told.len() != 1 {
                    self.fail(
                        seed,
                        &format!("order {order} is kept, has no place, and nobody is told"),
                    );
                }
            }
        }
        // Each press made one refund at most; whatever was asked for has ended.
        let asked = self.harness.rows(
            "SELECT COUNT(*) FROM refunds WHERE request IS NOT NULL AND stripe_id IS NOT NULL AND actor = 'treasurer'",
        );
        if asked[0]
            .parse::<usize>()
            .is_ok_and(|made| made > self.presses)
        {
            self.fail(seed, "more refunds than presses");
        }
        let by_us = stripe
            .refunds()
            .filter(|it| it.metadata.contains_key("request"))
            .count();
        let here = self.harness.rows(
            "SELECT COUNT(*) FROM refunds WHERE request IS NOT NULL AND stripe_id IS NOT NULL",
        );
        if here != [by_us.to_string()] {
            self.fail(
                seed,
                &format!("{by_us} refunds at Stripe were asked for here, and {here:?} are known"),
            );
        }
    }
}

#[test]
fn whatever_happens_the_books_are_right_and_nothing_is_kept_in_silence() {
    let number = |name: &str| {
        env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..1 + number("STORIES").unwrap_or(STORIES),
    };
    for seed in seeds {
        for auto_refund in ["off", "on"] {
            let mut story = Story::begin(seed, auto_refund);
            for _ in 0..STEPS {
                story.step();
                // Changes come together, or are folded one by one.
                match story.dice.below(4) {
                    0 => continue,
                    1 => story.harness.execute("INSERT INTO fold (most) VALUES (1)"),
                    _ => {}
                }
                story.check_the_desk(seed);
            }
            story.ends();
            story.check_the_desk(seed);
            story.check_the_money(seed);
        }
    }
}
