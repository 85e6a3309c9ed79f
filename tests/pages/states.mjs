// Every page that a person can be shown, and how the database comes to show it.

import { FACEBOOK, ask, control, importLines, rows } from "../edge/harness.mjs";

const PAID = "paid,2026-05-24T17:05:00Z";
const LINES = `player_id,player,amount,email,token,order_id,order_status,order_created_at
open,Player 1,150.00,payer1@example.com,pages-token-open,,,
expired,Player 2,150.00,payer2@example.com,pages-token-expired,,,
revoked,Player 3,150.00,payer3@example.com,pages-token-revoked,,,
closed,Player 4,150.00,payer4@example.com,pages-token-closed,,,
free,Player 5,0.00,payer5@example.com,pages-token-free,,,
paid,Player 6,150.00,payer6@example.com,pages-token-paid,601,${PAID}
plain,Player 7,150.00,payer7@example.com,pages-token-plain,701,${PAID}
refunded,Player 8,150.00,payer8@example.com,pages-token-refunded,801,${PAID}
processing,Player 9,150.00,payer9@example.com,pages-token-processing,,,
action,Player 11,150.00,payer11@example.com,pages-token-action,,,
failed,Player 12,150.00,payer12@example.com,pages-token-failed,,,
broken,Player 10,150.00,payer10@example.com,pages-token-broken,,,
`;

/** Fills the database; what Stripe would have brought about is brought about there. */
export async function fill(harness) {
  await importLines(harness, LINES, "?carry_orders=1");
  const linkOf = (player) =>
    `charge_id = (SELECT c.id FROM charges c JOIN players p ON p.id = c.player_id WHERE p.player_id = '${player}')`;
  harness.db.exec(`
    UPDATE links SET expires_at = created_at WHERE ${linkOf("expired")};
    UPDATE links SET revoked_at = created_at WHERE ${linkOf("revoked")};
    UPDATE charges SET closed_at = created_at WHERE ${linkOf("closed").replace("charge_id", "id")};
    UPDATE orders SET receipt_url = 'https://pay.stripe.com/receipts/payment/example' WHERE id = 601;
    UPDATE orders SET status = 'refunded', refunded_at = paid_at + 86400000, refunded_minor = amount_minor WHERE id = 801;
  `);
  const processing = await started(harness, "pages-token-processing");
  await control(harness, "pay", { session: processing, how: "debit" });
  await control(harness, "pay", { session: await started(harness, "pages-token-action"), how: "microdeposits" });
  const failed = await started(harness, "pages-token-failed");
  await control(harness, "pay", { session: failed, how: "debit" });
  await control(harness, "settle", { session: failed, success: false });
  // Half an hour later.
  harness.db.exec(`UPDATE orders SET created_at = created_at - 1900000 WHERE ${linkOf("processing")} OR ${linkOf("action")}`);
  // Stripe cannot be reached when a first session is made; all sessions of the states exist by now.
  const sessions = { processing, failed, open: await started(harness, "pages-token-open") };
  const paid = await started(harness, await another(harness, "settled"));
  await control(harness, "pay", { session: paid, how: "card" });
  await control(harness, "faults", { endpoint: "create", kind: "drop_before" });
  return { ...sessions, paid };
}

/** Imports one more player and answers the token of the link. */
export async function another(harness, name) {
  const token = `pages-token-${name}`;
  await importLines(harness, `player_id,player,amount,token\n${name},Player ${name},150.00,${token}\n`);
  return token;
}

async function started(harness, token) {
  const answer = await ask(harness.link(token));
  return /cs_test_\w+/.exec(answer.headers.get("location"))[0];
}

/** The states by name: URL, status, heading, and the words of the one button where there is one; in English. */
export function states(harness, sessions) {
  const link = (name) => harness.link(`pages-token-${name}`);
  const canceled = `${harness.origin}/checkout/cancel`;
  const [{ attempt }] = rows(harness, `SELECT attempt FROM orders WHERE stripe_session_id = '${sessions.open}'`);
  const success = (session) => `${harness.origin}/checkout/success?session_id=${session}`;
  return {
    "link page": { url: link("open"), status: 200, title: "Your payment to Example Youth Club", button: "Continue to payment", userAgent: FACEBOOK },
    "unknown link": { url: link("unknown"), status: 404, title: "We do not know this link" },
    "link expired": { url: link("expired"), status: 410, title: "This link is no longer valid" },
    "link revoked": { url: link("revoked"), status: 410, title: "This link is no longer valid" },
    "charge closed": { url: link("closed"), status: 410, title: "This link is no longer valid" },
    "nothing to pay": { url: link("free"), status: 200, title: "Nothing to pay" },
    "paid with a receipt": { url: link("paid"), status: 409, title: "Already paid", goesOn: "Show the receipt" },
    "paid without a receipt": { url: link("plain"), status: 409, title: "Already paid" },
    refunded: { url: link("refunded"), status: 409, title: "Refunded" },
    processing: { url: link("processing"), status: 409, title: "Your bank is processing the payment" },
    "action required": { url: link("action"), status: 409, title: "Your payment is not finished yet", goesOn: "Finish the payment" },
    "try again": { url: link("broken"), status: 503, title: "Please try again in a moment", button: "Try again" },
    prefetched: {
      url: link("open"), status: 503, title: "Ready when you are", button: "Continue to payment", headers: { "sec-purpose": "prefetch" },
    },
    "back and paid": { url: success(sessions.paid), status: 200, title: "Thank you", goesOn: "Show the receipt" },
    "back and confirming": { url: success(sessions.processing), status: 200, title: "Thank you" },
    "back and not paid": { url: success(sessions.open), status: 200, title: "You have not paid yet", button: "Continue to payment" },
    "back and failed": { url: success(sessions.failed), status: 200, title: "Your payment did not go through", button: "Pay again" },
    canceled: { url: `${canceled}?attempt=${attempt}`, status: 200, title: "You have not paid yet", button: "Continue to payment" },
    "canceled by nobody": { url: canceled, status: 200, title: "You have not paid yet" },
    "no such page": { url: `${harness.origin}/`, status: 404, title: "There is no page here" },
  };
}
