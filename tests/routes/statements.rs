//! Every statement as SQLite gets it, put together: `statements.sql` beside this file. It is where a change of a shared piece of
//! SQL shows what it changes. `UPDATE=1 cargo test --test routes statements` writes it anew.

use std::{collections::BTreeSet, fs, path::Path};

use checkout_guard::{desk, store};

use crate::harness::migrated;

type Named = (&'static str, &'static [&'static str]);

#[rustfmt::skip]
fn all() -> Vec<Named> {
    vec![
        ("store::acts::EXPECT_FREE", &[store::acts::EXPECT_FREE]),
        ("store::acts::AMOUNT", &[store::acts::AMOUNT]),
        ("store::acts::CLOSE", &[store::acts::CLOSE]),
        ("store::acts::REOPEN", &[store::acts::REOPEN]),
        ("store::acts::SET_REFUNDED_ASIDE", &[store::acts::SET_REFUNDED_ASIDE]),
        ("store::acts::OFFLINE", &[store::acts::OFFLINE]),
        ("store::audit::RECORD", &[store::audit::RECORD]),
        ("desk::audit::queries::LIST", &[desk::audit::queries::LIST]),
        ("desk::charges::detail::CHARGE", &[desk::charges::detail::CHARGE]),
        ("desk::charges::detail::ORDERS_OF", &[desk::charges::detail::ORDERS_OF]),
        ("desk::charges::detail::ORDER", &[desk::charges::detail::ORDER]),
        ("desk::charges::detail::LINKS_OF", &[desk::charges::detail::LINKS_OF]),
        ("desk::charges::detail::TIMELINE_OF_MONEY", &[desk::charges::detail::TIMELINE_OF_MONEY]),
        ("desk::charges::detail::TIMELINE_OF_ACTS", &[desk::charges::detail::TIMELINE_OF_ACTS]),
        ("store::charges::SUBJECT", &[store::charges::SUBJECT]),
        ("store::charging::CANDIDATES_OF", &[store::charging::CANDIDATES_OF]),
        ("store::charging::CANDIDATES_BY_WORDS", &[store::charging::CANDIDATES_BY_WORDS]),
        ("store::charging::CANDIDATES", &[store::charging::CANDIDATES]),
        ("store::charging::EXPECT", &[store::charging::EXPECT]),
        ("store::charging::CHARGE", &[store::charging::CHARGE]),
        ("store::charging::USUAL_CURRENCY", &[store::charging::USUAL_CURRENCY]),
        ("store::checkout::CLAIM", &[store::checkout::CLAIM]),
        ("store::checkout::CHECKOUT", &[store::checkout::CHECKOUT]),
        ("store::checkout::CLAIM_OF_PLAYER", &[store::checkout::CLAIM_OF_PLAYER]),
        ("store::checkout::CHECKOUT_OF_PLAYER", &[store::checkout::CHECKOUT_OF_PLAYER]),
        ("store::checkout::CLAIM_OF_ATTEMPT", &[store::checkout::CLAIM_OF_ATTEMPT]),
        ("store::checkout::CHECKOUT_OF_ATTEMPT", &[store::checkout::CHECKOUT_OF_ATTEMPT]),
        ("store::checkout::PEEK", &[store::checkout::PEEK]),
        ("store::cursors::READ", &[store::cursors::READ]),
        ("store::cursors::WRITE", &[store::cursors::WRITE]),
        ("store::cursors::REMOVE", &[store::cursors::REMOVE]),
        ("store::events::RECORD_EVENT", &[store::events::RECORD_EVENT]),
        ("store::events::RECORD_PLAIN", &[store::events::RECORD_PLAIN]),
        ("store::events::FIND", &[store::events::FIND]),
        ("store::fold::FOLD", &[store::fold::FOLD]),
        ("store::fold::UNFOLDED", &[store::fold::UNFOLDED]),
        ("store::health::SCHEMA_VERSION", &[store::health::SCHEMA_VERSION]),
        ("store::health::LAST_EVENT", &[store::health::LAST_EVENT]),
        ("store::health::LAST_RUN", &[store::health::LAST_RUN]),
        ("store::health::DUE", &[store::health::DUE]),
        ("store::health::READING", &[store::health::READING]),
        ("store::import::STATE", &[store::import::STATE]),
        ("store::import::EXPECT", &[store::import::EXPECT]),
        ("store::import::OLD_WORDS", &[store::import::OLD_WORDS]),
        ("store::import::WORDS", &[store::import::WORDS]),
        ("store::import::PLAYERS", &[store::import::PLAYERS]),
        ("store::import::CHARGES", &[store::import::CHARGES]),
        ("store::import::LINKS", &[store::import::LINKS]),
        ("store::import::OUTDATED", &[store::import::OUTDATED]),
        ("store::import::ORDERS", &[store::import::ORDERS]),
        ("store::import::PUT", &[store::import::PUT]),
        ("store::import::TAKE", &[store::import::TAKE]),
        ("store::incidents::OPEN", &[store::incidents::OPEN]),
        ("store::incidents::RESOLVE", &[store::incidents::RESOLVE]),
        ("store::incidents::OVER", &[store::incidents::OVER]),
        ("store::incidents::CAME_BACK", &[store::incidents::CAME_BACK]),
        ("store::incidents::MISMATCH", &[store::incidents::MISMATCH]),
        ("store::incidents::REVIEWS", &[store::incidents::REVIEWS]),
        ("store::incidents::REVIEWED", &[store::incidents::REVIEWED]),
        ("store::incidents::UNPLACED", &[store::incidents::UNPLACED]),
        ("store::incidents::LOOKED_AT", &[store::incidents::LOOKED_AT]),
        ("desk::incidents::queries::LIST_OPEN", &[desk::incidents::queries::LIST_OPEN]),
        ("desk::incidents::queries::LIST_RESOLVED", &[desk::incidents::queries::LIST_RESOLVED]),
        ("desk::incidents::queries::COUNT_OPEN", &[desk::incidents::queries::COUNT_OPEN]),
        ("desk::incidents::queries::INCIDENT", &[desk::incidents::queries::INCIDENT]),
        ("desk::incidents::queries::RESOLVE_BY_HAND", &[desk::incidents::queries::RESOLVE_BY_HAND]),
        ("store::links::MINT", &[store::links::MINT]),
        ("store::links::UNPAID", &[store::links::UNPAID]),
        ("store::links::MINT_ALL", &[store::links::MINT_ALL]),
        ("store::links::CHARGE_OF", &[store::links::CHARGE_OF]),
        ("store::links::REVOKE", &[store::links::REVOKE]),
        ("store::emails::queue::INTERRUPTED", &[store::emails::queue::INTERRUPTED]),
        ("store::emails::queue::GIVE_UP", &[store::emails::queue::GIVE_UP]),
        ("store::emails::queue::DUE", &[store::emails::queue::DUE]),
        ("store::emails::queue::CANCEL", &[store::emails::queue::CANCEL]),
        ("store::emails::queue::LINK", &[store::emails::queue::LINK]),
        ("store::emails::queue::CLAIM", &[store::emails::queue::CLAIM]),
        ("store::emails::queue::REVOKE", &[store::emails::queue::REVOKE]),
        ("store::emails::queue::SENT", &[store::emails::queue::SENT]),
        ("store::emails::queue::ENDED", &[store::emails::queue::ENDED]),
        ("store::emails::queue::LATER", &[store::emails::queue::LATER]),
        ("store::emails::rules::REMIND", &[store::emails::rules::REMIND]),
        ("store::emails::rules::REMINDED", &[store::emails::rules::REMINDED]),
        ("store::emails::rules::DEBIT_FAILED", &[store::emails::rules::DEBIT_FAILED]),
        ("store::emails::rules::SUPERSEDED", &[store::emails::rules::SUPERSEDED]),
        ("store::emails::rules::RECEIPT", &[store::emails::rules::RECEIPT]),
        ("desk::emails::selection::CANDIDATES", &[desk::emails::selection::CANDIDATES]),
        ("desk::emails::selection::QUEUE", &[desk::emails::selection::QUEUE]),
        ("desk::emails::selection::CHOSEN", &[desk::emails::selection::CHOSEN]),
        ("desk::emails::selection::CHOSEN_BY_STATE", &[desk::emails::selection::CHOSEN_BY_STATE]),
        ("desk::emails::selection::CHOSEN_BY_PERIOD", &[desk::emails::selection::CHOSEN_BY_PERIOD]),
        ("desk::emails::selection::CHOSEN_BY_WORDS", &[desk::emails::selection::CHOSEN_BY_WORDS]),
        ("desk::emails::selection::PLAYERS_FOUND", &[desk::emails::selection::PLAYERS_FOUND]),
        ("desk::emails::selection::DATA", &[desk::emails::selection::DATA]),
        ("desk::emails::queries::LIST", &[desk::emails::queries::LIST]),
        ("desk::emails::queries::LIST_BY_STATE", &[desk::emails::queries::LIST_BY_STATE]),
        ("desk::emails::queries::FIND", &[desk::emails::queries::FIND]),
        ("desk::emails::queries::OF_PLAYER", &[desk::emails::queries::OF_PLAYER]),
        ("desk::emails::queries::EXPECT_MAY_GO_AGAIN", &[desk::emails::queries::EXPECT_MAY_GO_AGAIN]),
        ("desk::emails::queries::AGAIN", &[desk::emails::queries::AGAIN]),
        ("desk::emails::queries::EXPECT_QUEUED", &[desk::emails::queries::EXPECT_QUEUED]),
        ("desk::emails::queries::PROGRESS", &[desk::emails::queries::PROGRESS]),
        ("desk::emails::queries::WITHDRAW_ALL", &[desk::emails::queries::WITHDRAW_ALL]),
        ("desk::emails::queries::WITHDRAW", &[desk::emails::queries::WITHDRAW]),
        ("desk::players::queries::ERASE_EMAILS", &[desk::players::queries::ERASE_EMAILS]),
        ("store::emails::queue::RESTORED", &[store::emails::queue::RESTORED]),
        ("store::emails::queue::REMIND_ANEW", &[store::emails::queue::REMIND_ANEW]),
        ("desk::health::queries::SIGNS", &[desk::health::queries::SIGNS]),
        ("store::operators::NOT_BEFORE", &[store::operators::NOT_BEFORE]),
        ("store::operators::END_SESSIONS", &[store::operators::END_SESSIONS]),
        ("store::orders::CANCEL", &[store::orders::CANCEL]),
        ("store::orders::PAY", &[store::orders::PAY]),
        ("store::orders::PAY_PLAIN", &[store::orders::PAY_PLAIN]),
        ("store::orders::RECORD", &[store::orders::RECORD]),
        ("store::orders::WAITS", &[store::orders::WAITS]),
        ("store::orders::IDENTIFY", &[store::orders::IDENTIFY]),
        ("store::orders::DETAILS", &[store::orders::DETAILS]),
        ("store::orders::CHECKED", &[store::orders::CHECKED]),
        ("store::orders::COUNT_REFUNDS", &[store::orders::COUNT_REFUNDS]),
        ("store::orders::REFUND_IF_GONE", &[store::orders::REFUND_IF_GONE]),
        ("store::orders::PROMOTE", &[store::orders::PROMOTE]),
        ("store::orders::HAND_BACK", &[store::orders::HAND_BACK]),
        ("store::orders::ATTACH", &[store::orders::ATTACH]),
        ("store::orders::EXPECT_VERSION", &[store::orders::EXPECT_VERSION]),
        ("store::orders::EXPECT_UNPAID", &[store::orders::EXPECT_UNPAID]),
        ("store::orders::PAUSE", &[store::orders::PAUSE]),
        ("store::orders::LEAVE_EMAIL_OUT", &[store::orders::LEAVE_EMAIL_OUT]),
        ("store::orders::LIVE", &[store::orders::LIVE]),
        ("store::orders::DUE", &[store::orders::DUE]),
        ("store::orders::POSTPONE", &[store::orders::POSTPONE]),
        ("store::orders::REMAKE", &[store::orders::REMAKE]),
        ("store::outbox::DUE", &[store::outbox::DUE]),
        ("store::outbox::CLAIM", &[store::outbox::CLAIM]),
        ("store::outbox::TAKEN", &[store::outbox::TAKEN]),
        ("store::outbox::DROP_DUE", &[store::outbox::DROP_DUE]),
        ("store::outbox::IS_DUE", &[store::outbox::IS_DUE]),
        ("store::months::CANDIDATES", &[store::months::CANDIDATES]),
        ("store::months::CURRENCIES", &[store::months::CURRENCIES]),
        ("store::months::RULE", &[store::months::RULE]),
        ("store::months::BEGAN", &[store::months::BEGAN]),
        ("store::months::ENDED", &[store::months::ENDED]),
        ("store::months::LOOKED", &[store::months::LOOKED]),
        ("store::months::OPENED", &[store::months::OPENED]),
        ("store::months::MISSED", &[store::months::MISSED]),
        ("store::months::EXPECT_UNOPENED", &[store::months::EXPECT_UNOPENED]),
        ("store::months::OVER", &[store::months::OVER]),
        ("store::months::EXPECT", &[store::months::EXPECT]),
        ("store::months::CHARGE", &[store::months::CHARGE]),
        ("store::months::ADD", &[store::months::ADD]),
        ("store::months::OPEN", &[store::months::OPEN]),
        ("store::months::LIST", &[store::months::LIST]),
        ("store::months::take_back::IS_OPEN", &[store::months::take_back::IS_OPEN]),
        ("store::months::take_back::PAYING", &[store::months::take_back::PAYING]),
        ("store::months::take_back::EXPECT", &[store::months::take_back::EXPECT]),
        ("store::months::take_back::CLOSE", &[store::months::take_back::CLOSE]),
        ("store::months::take_back::TAKEN_BACK", &[store::months::take_back::TAKEN_BACK]),
        ("store::refunds::ANSWER_REQUESTS", &[store::refunds::ANSWER_REQUESTS]),
        ("store::refunds::WRITE_REFUNDS", &[store::refunds::WRITE_REFUNDS]),
        ("store::refunds::REQUEST", &[store::refunds::REQUEST]),
        ("store::refunds::EXPECT_NONE_OPEN", &[store::refunds::EXPECT_NONE_OPEN]),
        ("store::refunds::END_REQUEST", &[store::refunds::END_REQUEST]),
        ("store::refunds::POSTPONE_REQUEST", &[store::refunds::POSTPONE_REQUEST]),
        ("store::refunds::HANDED_BACK", &[store::refunds::HANDED_BACK]),
        ("store::refunds::OPEN_REQUESTS", &[store::refunds::OPEN_REQUESTS]),
        ("store::refunds::HERE", &[store::refunds::HERE]),
        ("store::signals::COUNT", &[store::signals::COUNT]),
        ("store::signals::SIGNAL", &[store::signals::SIGNAL]),
        ("store::signals::OPEN_STALLED", &[store::signals::OPEN_STALLED]),
        ("store::signals::HAS_PAYMENT", &[store::signals::HAS_PAYMENT]),
        ("store::signals::FACTS", &[store::signals::FACTS]),
        ("desk::charges::queries::SUMS", &[desk::charges::queries::SUMS]),
        ("desk::charges::queries::LIST", &desk::charges::queries::LIST),
        ("desk::charges::queries::LIST_BY_STATE", &desk::charges::queries::LIST_BY_STATE),
        ("desk::charges::queries::LIST_BY_PERIOD", &desk::charges::queries::LIST_BY_PERIOD),
        ("desk::charges::queries::LIST_DUE", &desk::charges::queries::LIST_DUE),
        ("desk::charges::queries::SORTED", &[desk::charges::queries::SORTED]),
        ("desk::charges::queries::SORTED_BY_STATE", &[desk::charges::queries::SORTED_BY_STATE]),
        ("desk::charges::queries::SORTED_BY_PERIOD", &[desk::charges::queries::SORTED_BY_PERIOD]),
        ("desk::charges::queries::SORTED_DUE", &[desk::charges::queries::SORTED_DUE]),
        ("desk::charges::queries::ALONG_AMOUNTS", &desk::charges::queries::ALONG_AMOUNTS),
        ("desk::charges::queries::ALONG_DAYS", &desk::charges::queries::ALONG_DAYS),
        ("desk::charges::queries::ALONG_NAMES", &desk::charges::queries::ALONG_NAMES),
        ("desk::charges::queries::SEARCH", &[desk::charges::queries::SEARCH]),
        ("desk::charges::queries::CHOSEN", &[desk::charges::queries::CHOSEN]),
        ("desk::dashboard::queries::TOTALS", &[desk::dashboard::queries::TOTALS]),
        ("desk::dashboard::queries::OVERDUE", &[desk::dashboard::queries::OVERDUE]),
        ("desk::dashboard::queries::MONTH", &[desk::dashboard::queries::MONTH]),
        ("desk::dashboard::queries::ACTIVITY", &[desk::dashboard::queries::ACTIVITY]),
        ("desk::export::queries::PLAYERS", &[desk::export::queries::PLAYERS]),
        ("desk::export::queries::CHARGES", &[desk::export::queries::CHARGES]),
        ("desk::export::queries::CHOSEN", &[desk::export::queries::CHOSEN]),
        ("desk::export::queries::PAYMENTS", &[desk::export::queries::PAYMENTS]),
        ("desk::players::queries::LIST", &[desk::players::queries::LIST]),
        ("desk::players::queries::SEARCH", &[desk::players::queries::SEARCH]),
        ("desk::players::queries::PLAYER", &[desk::players::queries::PLAYER]),
        ("desk::players::queries::CHARGES_OF", &[desk::players::queries::CHARGES_OF]),
        ("desk::players::queries::ORDERS_OF", &[desk::players::queries::ORDERS_OF]),
        ("desk::players::queries::LINKS_OF", &[desk::players::queries::LINKS_OF]),
        ("desk::players::queries::INCIDENTS_OF", &[desk::players::queries::INCIDENTS_OF]),
        ("desk::players::queries::WORDS_OF", &[desk::players::queries::WORDS_OF]),
        ("desk::players::queries::PAYMENTS_OF", &[desk::players::queries::PAYMENTS_OF]),
        ("desk::players::queries::RECEIPT", &[desk::players::queries::RECEIPT]),
        ("desk::players::queries::EXPECT_FEE", &[desk::players::queries::EXPECT_FEE]),
        ("desk::players::queries::CHANGE_FEE", &[desk::players::queries::CHANGE_FEE]),
        ("desk::players::queries::EXPECT_NEW", &[desk::players::queries::EXPECT_NEW]),
        ("desk::players::queries::ADD", &[desk::players::queries::ADD]),
        ("desk::players::queries::ADD_WORDS", &[desk::players::queries::ADD_WORDS]),
        ("desk::players::queries::EXPECT_UNCHANGED", &[desk::players::queries::EXPECT_UNCHANGED]),
        ("desk::players::queries::EDIT", &[desk::players::queries::EDIT]),
        ("desk::players::queries::PENDING", &[desk::players::queries::PENDING]),
        ("desk::players::queries::EXPECT_NONE_PENDING", &[desk::players::queries::EXPECT_NONE_PENDING]),
        ("desk::players::queries::ERASE", &[desk::players::queries::ERASE]),
        ("desk::players::queries::ERASE_ORDERS", &[desk::players::queries::ERASE_ORDERS]),
        ("desk::players::queries::ERASE_REASONS", &[desk::players::queries::ERASE_REASONS]),
        ("desk::players::queries::ERASE_NOTES", &[desk::players::queries::ERASE_NOTES]),
        ("desk::players::queries::ERASE_WORDS", &[desk::players::queries::ERASE_WORDS]),
    ]
}

/// Begins a line.
const CLAUSES: [&str; 17] = [
    "SELECT",
    "FROM",
    "JOIN",
    "LEFT",
    "WHERE",
    "AND",
    "OR",
    "GROUP",
    "ORDER",
    "LIMIT",
    "UNION",
    "VALUES",
    "SET",
    "RETURNING",
    "UPDATE",
    "INSERT",
    "DELETE",
];

/// One clause a line, deeper by two in each parenthesis that holds more than a list.
fn shown(sql: &str) -> String {
    let mut lines = String::new();
    let (mut depth, mut is_text, mut is_between) = (0_usize, false, false);
    for word in sql.split_whitespace() {
        let bare = word.trim_start_matches('(');
        let keyword = CLAUSES.contains(&bare) && !is_text;
        // BETWEEN has an AND of its own.
        let begins = keyword && !(bare == "AND" && is_between);
        is_between = bare == "BETWEEN" || (is_between && bare != "AND");
        if begins && !lines.is_empty() {
            lines.push('\n');
            lines.push_str(&"  ".repeat(depth));
        } else if !lines.is_empty() {
            lines.push(' ');
        }
        lines.push_str(word);
        for character in word.chars() {
            match character {
                '\'' => is_text = !is_text,
                '(' if !is_text => depth += 1,
                ')' if !is_text => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    lines
}

fn page() -> String {
    let one = |(name, texts): &Named| {
        let texts: Vec<_> = texts
            .iter()
            .map(|sql| format!("{};\n", shown(sql)))
            .collect();
        format!("-- {name}\n{}", texts.join("\n"))
    };
    all().iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn test_statements_are_as_they_were() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/routes/statements.sql");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, page()).unwrap_or_else(|error| panic!("{error}"));
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    for (now, then) in page().lines().zip(kept.lines()) {
        assert_eq!(now, then, "UPDATE=1 cargo test --test routes statements");
    }
    assert_eq!(page().lines().count(), kept.lines().count());
}

/// The text that is shown means the same to SQLite as the one that is sent.
#[test]
fn test_statements_are_all_there_and_all_prepare() {
    let db = migrated();
    let known: BTreeSet<_> = all().iter().map(|(name, _)| (*name).to_owned()).collect();
    for (name, texts) in all() {
        for sql in texts {
            for text in [(*sql).to_owned(), shown(sql)] {
                if let Err(error) = db.prepare(&text) {
                    panic!("{name}: {error}");
                }
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let slices = fs::read_dir(root.join("desk")).unwrap_or_else(|error| panic!("{error}"));
    let queries = slices
        .flatten()
        .map(|slice| slice.path().join("queries.rs"));
    let store = fs::read_dir(root.join("store")).unwrap_or_else(|error| panic!("{error}"));
    for path in store.flatten().map(|file| file.path()).chain(queries) {
        let Ok(source) = fs::read_to_string(&path) else {
            continue;
        };
        let module = path.strip_prefix(&root).unwrap_or(&path).with_extension("");
        let module = module.to_string_lossy().replace('/', "::");
        for line in source.lines() {
            let Some((name, kind)) = line
                .strip_prefix("pub const ")
                .and_then(|it| it.split_once(": "))
            else {
                continue;
            };
            // The newest migration's name is no statement.
            if (kind.starts_with("&str") || kind.starts_with("[&str")) && name != "SCHEMA" {
                let name = format!("{module}::{name}");
                assert!(known.contains(&name), "{name} is not in the list");
            }
        }
    }
}
