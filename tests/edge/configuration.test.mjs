// A configuration that is incomplete is named, and no secret is shown.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../../tools/local.mjs";
import { ask, said, startWorld } from "./harness.mjs";

let world;

before(async () => {
  world = await startWorld({ vars: { STRIPE_SECRET_KEY: "pk_not_to_be_shown", CLUB_NAME: "", PUBLIC_ORIGIN: "ftp://x" } });
});
after(() => world?.stop());

test("every route names what is missing", async () => {
  for (const path of ["/checkout/first-payment?token=requests-token-26", "/healthz", "/webhooks/stripe"]) {
    const answer = await ask(world.origin + path);
    assert.equal(answer.status, 500);
    const page = await answer.text();
    for (const name of ["STRIPE_SECRET_KEY", "CLUB_NAME", "PUBLIC_ORIGIN"]) assert.match(page, new RegExp(name));
    assert.equal(page.includes("pk_not"), false);
  }
  // The log comes by another way than the answer, and may come later.
  const named = (line) => line.includes("misconfigured") && line.includes("STRIPE_SECRET_KEY");
  await until(() => said(world).some(named), { seconds: 20, what: "the line in the log" });
  assert.equal(said(world).some((line) => line.includes("pk_not")), false);
});
