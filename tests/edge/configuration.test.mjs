// A configuration that is incomplete is named, and no value of it is shown; and how one is given on a developer's
// machine.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { importCsv, root, until } from "../../tools/local.mjs";
import { FACEBOOK, ask, browser, said, startHarness } from "./harness.mjs";

let harness;

before(async () => {
  harness = await startHarness({
    vars: {
      STRIPE_SECRET_KEY: "pk_not_to_be_shown", CLUB_NAME: "", PUBLIC_ORIGIN: "ftp://x", STRIPE_CHECKOUT_HOSTS: "pk_not/to be shown",
    },
  });
});
after(() => harness?.stop());

test("every route names what is missing", async () => {
  for (const path of ["/checkout/first-payment?token=requests-token-26", "/healthz", "/webhooks/stripe"]) {
    const answer = await ask(harness.origin + path);
    assert.equal(answer.status, 500);
    const page = await answer.text();
    for (const name of ["STRIPE_SECRET_KEY", "CLUB_NAME", "PUBLIC_ORIGIN", "STRIPE_CHECKOUT_HOSTS"]) assert.match(page, new RegExp(name));
    assert.equal(page.includes("pk_not"), false);
  }
  // The log comes by another way than the answer, and may come later.
  const named = (line) => line.includes("misconfigured") && line.includes("STRIPE_SECRET_KEY");
  await until(() => said(harness).some(named), { seconds: 20, what: "the line in the log" });
  assert.equal(said(harness).some((line) => line.includes("pk_not")), false);
});

test("the example's secrets are refused where others than a developer could know them", async () => {
  const example = Object.fromEntries(
    readFileSync(join(root, ".dev.vars.example"), "utf8").split("\n").filter((line) => /^\w+=/.test(line)).map((line) => line.split(/=(.*)/)),
  );
  const far = await startHarness({ vars: { ...example, PUBLIC_ORIGIN: "https://pay.club.example" } });
  try {
    const page = await (await ask(`${far.origin}/healthz`)).text();
    for (const [name, value] of Object.entries(example)) {
      assert.match(page, new RegExp(`${name} must not be the example`));
      assert.equal(page.includes(value), false);
    }
  } finally {
    await far.stop();
  }
});

test("with --env-file the environment's variables come before the file's, secrets too", async () => {
  const secret = "secret-out-of-the-environment-here";
  const near = await startHarness({
    env: { CLUB_NAME: "Club out of the Environment", ADMIN_TOKEN: `env:${secret}` },
    args: ["--env-file", join(root, ".dev.vars.example")],
    vars: { STRIPE_SECRET_KEY: undefined, STRIPE_WEBHOOK_SECRET: undefined, ADMIN_TOKEN: undefined },
    config: () => ({ secrets: { required: ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "ADMIN_TOKEN"] } }),
  });
  try {
    const page = await ask(near.link("any-token-will-do"), { headers: browser(FACEBOOK) });
    assert.match(await page.text(), /<title>Payment to Club out of the Environment/);
    const imported = await importCsv(near.origin, secret, "player_id,player,amount\n7,Player 7,5.00\n", { query: "?dry_run=1" });
    assert.equal(imported.status, 200);
  } finally {
    await near.stop();
  }
});
