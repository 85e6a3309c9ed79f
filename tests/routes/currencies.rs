//! One charge of each kind of currency, from the import to the table for the books: yen have no decimals, dinars have
//! three, and krónur and Uganda's shillings have two that must be 00.

use serde_json::json;

use crate::harness::{Harness, desk, get};

/// A currency, an amount as it is written, in minor units and as it is shown; a part of it that is refunded, what the
/// table for the books says of both, and what is no amount.
struct Case {
    code: &'static str,
    written: &'static str,
    minor: i64,
    shown: &'static str,
    part: &'static str,
    part_minor: i64,
    sent_back: &'static str,
    net: &'static str,
    wrong: &'static str,
}

const CASES: [Case; 4] = [
    Case {
        code: "jpy",
        written: "15000",
        minor: 15_000,
        shown: "15,000 JPY",
        part: "5000",
        part_minor: 5_000,
        sent_back: "5000",
        net: "10000",
        wrong: "5000.5",
    },
    Case {
        code: "kwd",
        written: "12.34",
        minor: 12_340,
        shown: "12.340 KWD",
        part: "2.340",
        part_minor: 2_340,
        sent_back: "2.340",
        net: "10.000",
        wrong: "2.345",
    },
    Case {
        code: "isk",
        written: "9000",
        minor: 900_000,
        shown: "9,000.00 ISK",
        part: "1000.00",
        part_minor: 100_000,
        sent_back: "1000.00",
        net: "8000.00",
        wrong: "1000.50",
    },
    Case {
        code: "ugx",
        written: "150000.00",
        minor: 15_000_000,
        shown: "150,000.00 UGX",
        part: "50000",
        part_minor: 5_000_000,
        sent_back: "50000.00",
        net: "100000.00",
        wrong: "0.50",
    },
];

fn file(harness: &Harness, name: &str) -> String {
    let reply = harness.ask(&desk(&format!("/admin/export/{name}.csv")));
    assert_eq!(reply.status, 200);
    reply.body.to_string()
}

#[test]
fn test_currencies_an_amount_is_the_same_from_the_import_to_the_books() {
    for case in CASES {
        let Case {
            code,
            written,
            minor,
            shown,
            part,
            part_minor,
            sent_back,
            net,
            wrong,
        } = case;
        let harness = Harness::new();
        let file_of = |amount: &str| {
            format!(
                "player_id,player,amount,monthly_fee,currency,token\n7,Player 7,{amount},{amount},{code},token-in-another-currency\n"
            )
        };
        assert_eq!(harness.import(&file_of(wrong)).status, 422, "{code}");
        assert_eq!(harness.import(&file_of(written)).status, 200, "{code}");
        assert_eq!(
            harness.rows("SELECT amount_minor, currency FROM charges"),
            [format!("{minor}|{code}")]
        );
        assert_eq!(
            harness.rows("SELECT monthly_fee_minor, monthly_currency FROM players"),
            [format!("{minor}|{code}")]
        );
        // The click: Stripe is asked for the minor units.
        let link = get("/checkout/first-payment?token=token-in-another-currency");
        assert_eq!(harness.ask(&link).status, 307, "{code}");
        let session = harness.newest_session();
        let asked = harness.stripe.borrow().session(&session).cloned();
        let asked = asked.map(|session| (session.amount_total, session.currency));
        assert_eq!(asked, Some((minor, code.to_owned())));
        harness.pay(&session);
        harness.deliver_webhooks();
        assert_eq!(
            harness.rows("SELECT status, paid_minor, currency FROM orders"),
            [format!("paid|{minor}|{code}")]
        );
        assert_eq!(
            harness.rows("SELECT kind FROM incidents"),
            Vec::<String>::new()
        );
        // What a parent and an operator see.
        let major = shown.split(' ').next().unwrap_or_default();
        let major = major.replace(',', "");
        let paid = harness.ask(&link);
        assert_eq!(paid.status, 409);
        let page = harness.ask(&desk("/admin/charges/1"));
        assert!(page.body.contains(shown), "{shown}\n{}", page.body);
        let charge = harness.read("/admin/charges/1");
        assert_eq!(charge["charge"]["amount"], major);
        assert_eq!(charge["orders"][0]["paid"], major);
        let dashboard = harness.read("/admin");
        assert_eq!(
            dashboard["collected"],
            json!([{"amount": major, "currency": code, "count": 1}])
        );
        // A part goes back.
        let (status, problem) = harness.act(
            "/admin/orders/1/refund",
            &json!({"amount": wrong, "refunded": "0"}),
        );
        assert!(
            status == 400
                && problem["detail"]
                    .as_str()
                    .is_some_and(|why| why.contains("amount")),
            "{code}: {problem}"
        );
        let (status, _) = harness.act(
            "/admin/orders/1/refund",
            &json!({"amount": part, "refunded": "0"}),
        );
        assert_eq!(status, 200, "{code}");
        harness.deliver_webhooks();
        assert_eq!(
            harness.rows("SELECT refunded_minor FROM orders"),
            [part_minor.to_string()]
        );
        let payments = file(&harness, "payments");
        let line = payments.lines().nth(1).unwrap_or_default();
        assert!(
            line.contains(&format!(",{major},{sent_back},{net},"))
                && line.contains(&format!(",{code},")),
            "{line}"
        );
        assert!(
            file(&harness, "charges").contains(&format!(",{major},{code},")),
            "{code}"
        );
        // Cash, another amount, and the month's fee.
        let month = json!({"period": "2026-05", "kind": "monthly", "currency": code, "due_on": "2026-05-15"});
        let (status, opened) = harness.act("/admin/periods", &month);
        assert_eq!((status, &opened["total"]), (200, &json!(major)));
        let (status, _) = harness.act("/admin/charges/2/amount", &json!({"amount": wrong}));
        assert_eq!(status, 400, "{code}");
        let (status, changed) = harness.act("/admin/charges/2/amount", &json!({"amount": part}));
        assert_eq!(status, 200, "{code}");
        assert_eq!(
            harness.rows("SELECT amount_minor FROM charges WHERE id = 2"),
            [part_minor.to_string()]
        );
        let cash = json!({"amount": changed["charge"]["amount"], "method": "cash"});
        assert_eq!(
            harness.act("/admin/charges/2/offline-payment", &cash).0,
            200
        );
        assert_eq!(
            harness.rows("SELECT paid_minor, currency FROM orders WHERE method = 'offline'"),
            [format!("{part_minor}|{code}")]
        );
    }
}

/// A charge whose currency an import changes, while somebody pays in the old one.
#[test]
fn test_currencies_a_payment_in_another_one_than_is_owed_names_both() {
    let (harness, session) = Harness::clicked();
    harness.execute("UPDATE charges SET amount_minor = 15000, currency = 'jpy'");
    harness.pay(&session);
    harness.deliver_webhooks();
    let incidents = harness.read("/admin/incidents");
    let incident = &incidents["incidents"][0];
    assert_eq!(
        (
            &incident["kind"],
            &incident["amount"],
            &incident["currency"]
        ),
        (&json!("amount_mismatch"), &json!("150.00"), &json!("usd"))
    );
    assert_eq!(
        (&incident["owed"], &incident["owed_currency"]),
        (&json!("15000"), &json!("jpy"))
    );
    let detail = harness.read("/admin/charges/2");
    let texts = detail["timeline"].to_string();
    assert!(texts.contains("over 150.00 USD was paid"), "{texts}");
    assert!(
        harness
            .ask(&desk("/admin/incidents"))
            .body
            .contains("15,000 JPY")
    );
}
