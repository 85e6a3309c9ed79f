//! The migrations on rows that exist, and the invariants that the database holds against whoever
//! types SQL.

use checkout_guard::store::{
    checkout, cursors, events, incidents, orders, outbox, refunds, signals,
};
use rusqlite::Connection;

use crate::harness::{Harness, NOW, migrated, migrations};

fn assert_refused(db: &Connection, sql: &str, why: &str) {
    match db.execute_batch(sql) {
        Ok(()) => panic!("accepted: {sql}"),
        Err(error) => assert!(error.to_string().contains(why), "{sql}: {error}"),
    }
}

fn seeded() -> Harness {
    let harness = Harness::new().with_charge();
    harness.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, stripe_session_id)
         VALUES (lower(hex(randomblob(16))), 26, 2, 'pending', 15000, 'usd', {NOW}, 'cs_test_26')"
    ));
    harness
}

#[test]
fn every_migration_applies_to_a_database_with_rows() {
    let migrations = migrations();
    assert_eq!(
        migrations.last().map(|(name, _)| name.as_str()),
        Some(checkout_guard::store::health::SCHEMA)
    );
    let db = Connection::open_in_memory().unwrap_or_else(|error| panic!("{error}"));
    for (number, (name, sql)) in migrations.iter().enumerate() {
        db.execute_batch(sql)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        if number == 0 {
            db.execute_batch(&format!(
                "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES (1, '1', 'Player 1', {NOW}, {NOW});
                 INSERT INTO charges (id, player_id, kind, amount_minor, currency, created_at, updated_at)
                 VALUES (1, 1, 'first_payment', 13500, 'usd', {NOW}, {NOW});
                 INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, paid_at)
                 VALUES (lower(hex(randomblob(16))), 25, 1, 'paid', 13500, 'usd', {NOW}, {NOW});"
            ))
            .unwrap_or_else(|error| panic!("{error}"));
        }
    }
    assert_refused(
        &db,
        "UPDATE orders SET status = 'pending'",
        "does not move that way",
    );
}

#[test]
fn nothing_is_ever_deleted() {
    let harness = seeded();
    harness.execute("INSERT INTO stripe_events VALUES ('evt_1', 'x', NULL, 'ignored', 1, 1)");
    harness.execute(
        "INSERT INTO refunds (stripe_id, payment_intent_id, amount_minor, currency, status, reason, created_at, updated_at)
         VALUES ('re_1', 'pi_1', 1, 'usd', 'pending', 'refund', 1, 1)",
    );
    harness.execute(
        "INSERT INTO audit (at, operator, act, about) VALUES (1, 'treasurer', 'import', 'x')",
    );
    harness.execute("INSERT INTO incidents (subject, kind, opened_at) VALUES ('a', 'dispute', 1)");
    harness.execute(
        "INSERT INTO messages (template, charge_id, about, queued_at, next_try_at) VALUES ('link', 2, 1, 1, 1)",
    );
    for table in [
        "players",
        "charges",
        "links",
        "orders",
        "order_events",
        "stripe_events",
        "refunds",
        "incidents",
        "audit",
        "messages",
    ] {
        assert_refused(
            &harness.db,
            &format!("DELETE FROM {table}"),
            "never deleted",
        );
    }
    for change in [
        "DELETE FROM installation",
        "UPDATE installation SET created_at = 1",
        "INSERT INTO installation VALUES ('00000000000000000000000000000000', 1)",
    ] {
        assert_refused(&harness.db, change, "the installation has its name");
    }
    assert_refused(
        &harness.db,
        "UPDATE audit SET act = 'nothing'",
        "never changed",
    );
    assert_refused(
        &harness.db,
        "UPDATE order_events SET cause = 'nobody'",
        "never changed",
    );
}

#[test]
fn replace_does_not_delete_either() {
    let harness = seeded();
    let replace = |id: i64, status: &str, session: &str| {
        format!(
        "INSERT OR REPLACE INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, stripe_session_id, canceled_at, cancel_reason)
         VALUES (lower(hex(randomblob(16))), {id}, 2, '{status}', 1, 'usd', {NOW}, {session}, {NOW}, 'by hand')"
    )
    };
    assert_refused(
        &harness.db,
        &replace(26, "canceled", "NULL"),
        "never replaced",
    );
    assert_refused(
        &harness.db,
        &replace(27, "canceled", "'cs_test_26'"),
        "FOREIGN KEY constraint failed",
    );
    assert_refused(
        &harness.db,
        &replace(27, "pending", "NULL"),
        "FOREIGN KEY constraint failed",
    );
    harness.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, canceled_at, cancel_reason)
         VALUES (lower(hex(randomblob(16))), 25, 2, 'canceled', 15000, 'usd', {NOW}, {NOW}, 'by hand')"
    ));
    assert_refused(
        &harness.db,
        &format!("UPDATE OR REPLACE orders SET status = 'paid', paid_at = {NOW} WHERE id = 25"),
        "FOREIGN KEY constraint failed",
    );
    assert_eq!(
        harness.rows("SELECT id, status FROM orders ORDER BY id"),
        ["25|canceled", "26|pending"]
    );
}

#[test]
fn one_live_order_a_charge() {
    let harness = seeded();
    let insert = |status: &str| {
        format!(
            "INSERT INTO orders (attempt, charge_id, status, amount_minor, currency, created_at, paid_at) VALUES (lower(hex(randomblob(16))), 2, '{status}', 15000, 'usd', {NOW}, {NOW})"
        )
    };
    for status in ["pending", "paid"] {
        assert_refused(
            &harness.db,
            &insert(status),
            "UNIQUE constraint failed: orders.charge_id",
        );
    }
}

#[test]
fn only_legal_moves_and_each_leaves_its_row() {
    let all = ["pending", "paid", "canceled", "refunded"];
    let legal = [
        ("pending", "paid"),
        ("pending", "canceled"),
        ("canceled", "paid"),
        ("paid", "refunded"),
    ];
    for from in all {
        for to in all.into_iter().filter(|to| *to != from) {
            let db = migrated();
            let harness = Harness::new();
            let setup = format!(
                "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES (1, '1', 'Player 1', 1, 1);
                 INSERT INTO charges (id, player_id, kind, amount_minor, currency, created_at, updated_at)
                 VALUES (1, 1, 'first_payment', 13500, 'usd', 1, 1);
                 INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, paid_at, canceled_at, cancel_reason, refunded_at, refunded_minor)
                 VALUES (lower(hex(randomblob(16))), 1, 1, '{from}', 13500, 'usd', 1, 1, 1, 'x', 1, 13500)"
            );
            db.execute_batch(&setup)
                .unwrap_or_else(|error| panic!("{error}"));
            harness.execute(&setup);
            let moved = format!("UPDATE orders SET status = '{to}'");
            if legal.contains(&(from, to)) {
                harness.execute(&moved);
                let trail = harness.rows("SELECT from_status, to_status, cause, at > 1 FROM order_events ORDER BY id DESC");
                assert_eq!(trail[0], format!("{from}|{to}|manual|1"));
            } else {
                assert_refused(&db, &moved, "does not move that way");
            }
        }
    }
}

#[test]
fn only_money_that_went_back_unpays_and_only_money_that_came_back_pays_again() {
    let harness = seeded();
    harness.execute(&format!(
        "UPDATE orders SET status = 'paid', paid_at = {NOW}, paid_minor = 14000, refunded_at = {NOW}"
    ));
    let moved = |status: &str, refunded: i64| {
        format!("UPDATE orders SET status = '{status}', refunded_minor = {refunded}")
    };
    assert_refused(
        &harness.db,
        &moved("refunded", 13_999),
        "does not move that way",
    );
    harness.execute(&moved("refunded", 14_000));
    assert_refused(
        &harness.db,
        &moved("paid", 14_000),
        "does not move that way",
    );
    harness.execute(&moved("paid", 0));
    assert_eq!(
        harness.rows("SELECT from_status, to_status FROM order_events ORDER BY id"),
        [
            "-|pending",
            "pending|paid",
            "paid|refunded",
            "refunded|paid"
        ]
    );
}

#[test]
fn a_status_has_its_data() {
    let harness = Harness::new().with_charge();
    for status in ["paid", "canceled", "refunded"] {
        let insert = format!(
            "INSERT INTO orders (attempt, charge_id, status, amount_minor, currency, created_at) VALUES (lower(hex(randomblob(16))), 2, '{status}', 1, 'usd', 1)"
        );
        assert_refused(&harness.db, &insert, "CHECK constraint failed");
    }
    assert_refused(
        &harness.db,
        "INSERT INTO orders (attempt, charge_id, amount_minor, currency, created_at) VALUES (lower(hex(randomblob(16))), 2, 0, 'usd', 1)",
        "CHECK",
    );
    assert_refused(
        &harness.db,
        "INSERT INTO orders (attempt, charge_id, amount_minor, currency, created_at) VALUES (lower(hex(randomblob(16))), 2, 1, 'USD', 1)",
        "CHECK",
    );
    assert_refused(
        &harness.db,
        "INSERT INTO orders (attempt, charge_id, amount_minor, currency, created_at) VALUES (lower(hex(randomblob(16))), 2, 1.5, 'usd', 1)",
        "REAL",
    );
    assert_refused(
        &harness.db,
        "INSERT INTO orders (attempt, charge_id, amount_minor, currency, created_at) VALUES (lower(hex(randomblob(16))), 3, 1, 'usd', 1)",
        "FOREIGN KEY",
    );
    assert_refused(&harness.db, "UPDATE charges SET amount_minor = -1", "CHECK");
    assert_refused(
        &harness.db,
        "INSERT INTO orders (attempt, charge_id, status, amount_minor, currency, created_at) VALUES (lower(hex(randomblob(16))), 2, 'lost', 1, 'usd', 1)",
        "FOREIGN KEY",
    );
}

/// Each table of words, and the columns that hold them.
fn words(db: &Connection) -> Vec<(String, Vec<(String, String)>)> {
    let read = |sql: &str| -> Vec<(String, String)> {
        let mut statement = db.prepare(sql).unwrap_or_else(|error| panic!("{error}"));
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.and_then(Iterator::collect)
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let tables = read(
        "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND c.name = 'word' AND c.pk = 1
           AND (SELECT COUNT(*) FROM pragma_table_info(t.name)) = 1 ORDER BY 1",
    );
    tables
        .into_iter()
        .map(|(table, _)| {
            let columns = read(&format!(
                "SELECT t.name, f.\"from\" FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f
                 WHERE t.type = 'table' AND f.\"table\" = '{table}' ORDER BY 1, 2"
            ));
            (table, columns)
        })
        .collect()
}

/// A CHECK of an enumeration could not be extended: SQLite would have to make its table anew, and with it all triggers.
#[test]
fn every_set_of_words_grows_by_an_insert_while_tables_are_full() {
    let harness = seeded();
    harness.execute(
        "INSERT INTO refunds (stripe_id, payment_intent_id, amount_minor, currency, status, reason, created_at, updated_at)
         VALUES ('re_1', 'pi_1', 1, 'usd', 'pending', 'refund', 1, 1);
         INSERT INTO incidents (subject, kind, opened_at) VALUES ('a', 'dispute', 1);
         INSERT INTO messages (template, charge_id, about, queued_at, next_try_at) VALUES ('link', 2, 1, 1, 1);
         INSERT INTO periods (period, kind, currency, due_on, opened_at, opened_by, charged, charged_minor, left_out)
         VALUES ('2026-05', 'monthly', 'usd', '2026-05-14', 1, 'cron', 0, 0, 0)",
    );
    let sets = words(&harness.db);
    let named: Vec<_> = sets.iter().map(|(table, _)| table.as_str()).collect();
    assert_eq!(
        named,
        [
            "alert_events",
            "incident_kinds",
            "kinds",
            "languages",
            "message_states",
            "offline_methods",
            "order_origins",
            "order_statuses",
            "payment_methods",
            "refund_reasons",
            "refund_statuses",
            "states",
            "templates",
            "waits",
        ]
    );
    // What moves as it may is another rule's, and holds for the new word as for the others.
    for trigger in harness.rows("SELECT name FROM sqlite_schema WHERE type = 'trigger'") {
        harness.execute(&format!("DROP TRIGGER {trigger}"));
    }
    for (table, columns) in sets {
        assert!(!columns.is_empty(), "nothing refers to {table}");
        for (of, column) in columns {
            let new_word = format!("UPDATE {of} SET {column} = 'newly_made' WHERE true");
            let refused = harness.db.execute_batch(&new_word);
            assert!(refused.is_err(), "{of}.{column} takes any word");
            harness.execute("SAVEPOINT before");
            harness.execute(&format!("INSERT INTO {table} VALUES ('newly_made')"));
            let held = harness.db.execute_batch(&new_word);
            // An offline payment has its method, and an email that waits has its time: of the row, not of the word.
            let is_of_the_row = |error: &rusqlite::Error| {
                let why = error.to_string();
                why.starts_with("CHECK constraint failed: ") && !why.contains("newly_made")
            };
            let is_taken = held.as_ref().err().is_none_or(is_of_the_row);
            assert!(is_taken, "{of}.{column}: {held:?}");
            harness.execute("ROLLBACK TO before; RELEASE before");
        }
    }
}

/// A migration that makes a table anew loses the triggers and indexes of the old one, and SQLite says nothing.
#[test]
fn the_schema_has_every_trigger_and_index_after_all_migrations() {
    let db = migrated();
    let mut statement = db
        .prepare(
            "SELECT type || ' ' || name || ' on ' || tbl_name FROM sqlite_schema
             WHERE type IN ('trigger', 'index', 'view') AND name NOT LIKE 'sqlite_autoindex%' ORDER BY 1",
        )
        .unwrap_or_else(|error| panic!("{error}"));
    let found: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .unwrap_or_else(|error| panic!("{error}"));
    let expected: Vec<_> = include_str!("schema.txt").lines().collect();
    assert_eq!(found, expected, "tests/routes/schema.txt names them all");
}

#[test]
fn what_an_order_was_claimed_with_stays() {
    let harness = seeded();
    for change in [
        "amount_minor = 1",
        "currency = 'eur'",
        "customer_email = 'a@b.example'",
        "product_name = 'x'",
        "attempt = '00000000000000000000000000000000'",
        "origin = 'import'",
        "method = 'offline'",
        "session_expires_at = 1",
        "stripe_session_id = 'cs_2'",
    ] {
        assert_refused(
            &harness.db,
            &format!("UPDATE orders SET {change}"),
            "never changes",
        );
    }
}

/// A statement that looks through a table costs more with every order that the club has ever had.
#[test]
fn statements_of_a_click_a_delivery_and_the_cron_go_by_an_index() {
    let harness = Harness::new();
    for statement in [
        checkout::CHECKOUT,
        checkout::CLAIM,
        checkout::CHECKOUT_OF_PLAYER,
        checkout::CLAIM_OF_PLAYER,
        checkout::CHECKOUT_OF_ATTEMPT,
        checkout::CLAIM_OF_ATTEMPT,
        orders::CANCEL,
        orders::PAY,
        orders::PAY_PLAIN,
        orders::RECORD,
        orders::DETAILS,
        orders::CHECKED,
        orders::WAITS,
        orders::IDENTIFY,
        refunds::ANSWER_REQUESTS,
        refunds::WRITE_REFUNDS,
        refunds::REQUEST,
        refunds::END_REQUEST,
        refunds::POSTPONE_REQUEST,
        refunds::HANDED_BACK,
        refunds::OPEN_REQUESTS,
        refunds::HERE,
        orders::COUNT_REFUNDS,
        orders::REFUND_IF_GONE,
        orders::PROMOTE,
        orders::ATTACH,
        orders::EXPECT_VERSION,
        events::RECORD_PLAIN,
        orders::EXPECT_UNPAID,
        orders::PAUSE,
        orders::LEAVE_EMAIL_OUT,
        orders::LIVE,
        orders::DUE,
        orders::POSTPONE,
        orders::REMAKE,
        events::RECORD_EVENT,
        events::FIND,
        incidents::OPEN,
        incidents::RESOLVE,
        incidents::OVER,
        incidents::MISMATCH,
        incidents::REVIEWS,
        incidents::REVIEWED,
        incidents::CAME_BACK,
        incidents::UNPLACED,
        incidents::LOOKED_AT,
        cursors::READ,
        cursors::WRITE,
        outbox::DUE,
        outbox::CLAIM,
        outbox::TAKEN,
        outbox::DROP_DUE,
        outbox::IS_DUE,
        signals::COUNT,
        signals::SIGNAL,
        signals::OPEN_STALLED,
        signals::HAS_PAYMENT,
        signals::FACTS,
    ] {
        let plan = harness.plan(statement);
        // A list that was passed in, one row; and foreign keys: what would be looked for if an insert replaced an order.
        let harmless = [
            "SCAN CONSTANT ROW",
            "SCAN incidents",
            "SCAN stripe_events",
            "SCAN j VIRTUAL TABLE INDEX 1:",
            "SCAN i",
            "SCAN installation",
            "SCAN n",
            // A handful of rows; and at most so many pending charges.
            "SCAN signals",
            "SCAN c",
        ];
        let scans: Vec<_> = plan
            .iter()
            .filter(|step| step.starts_with("SCAN ") && !step.contains(" USING "))
            .filter(|step| !harmless.contains(&step.as_str()))
            .collect();
        assert!(scans.is_empty(), "{statement}\n{plan:#?}");
    }
}

#[test]
fn an_email_moves_as_it_may_and_stays_what_it_is() {
    let harness = seeded();
    harness.execute(
        "INSERT INTO messages (id, template, charge_id, about, queued_at, next_try_at) VALUES (1, 'link', 2, 1, 1, 1)",
    );
    for again in [
        "INSERT OR REPLACE INTO messages (template, charge_id, about, queued_at, next_try_at) VALUES ('link', 2, 1, 9, 9)",
        "INSERT OR REPLACE INTO messages (id, template, charge_id, about, queued_at, next_try_at) VALUES (1, 'link', 2, 9, 9, 9)",
    ] {
        assert_refused(&harness.db, again, "never replaced");
    }
    let way = |state: &str| match state {
        "queued" | "sending" => format!(
            "state = '{state}', next_try_at = 9, ended_at = NULL, reason = NULL, tries = tries + 1"
        ),
        _ => format!("state = '{state}', next_try_at = NULL, ended_at = 9, reason = 'paid'"),
    };
    let states = [
        "queued", "sending", "sent", "refused", "unclear", "canceled",
    ];
    let legal = |from: &str, to: &str, by_hand: bool| match (from, to) {
        ("queued", "sending" | "canceled" | "unclear")
        | ("sending", "sent" | "queued" | "refused" | "unclear")
        | ("unclear", "sent") => true,
        ("refused" | "unclear", "queued") => by_hand,
        (from, to) => from == to,
    };
    for by_hand in [false, true] {
        for from in states {
            for to in states {
                harness.execute("SAVEPOINT before");
                let actor = if by_hand { "treasurer" } else { "" };
                // Every state can be reached.
                let path = match from {
                    "queued" => vec![],
                    "sending" | "canceled" => vec![from],
                    _ => vec!["sending", from],
                };
                for state in path {
                    harness.execute(&format!("UPDATE messages SET {}", way(state)));
                }
                let change = format!("UPDATE messages SET {}, actor = '{actor}'", way(to));
                let moved = harness.db.execute_batch(&change);
                assert_eq!(
                    moved.is_ok(),
                    legal(from, to, by_hand),
                    "{from} to {to}, by hand: {by_hand}: {moved:?}"
                );
                harness.execute("ROLLBACK TO before; RELEASE before");
            }
        }
    }
    for change in [
        "template = 'reminder'",
        "charge_id = 1",
        "about = 2",
        "tries = -1",
    ] {
        let change = format!("UPDATE messages SET {change}");
        assert_refused(&harness.db, &change, "what an email is never changes");
    }
}
