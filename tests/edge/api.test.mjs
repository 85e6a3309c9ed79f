// What /openapi.json says against what the built Worker does: Schemathesis makes up requests from it, good ones and bad
// ones, and looks at each answer: its status, its type, its shape.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root, start } from "../../tools/local.mjs";
import { ADMIN_SECRET, IPHONE, ask, importLines, rows, startHarness } from "./harness.mjs";

// tools/setup.sh test puts it there.
const SCHEMATHESIS = process.env.SCHEMATHESIS_BIN ?? join(root, ".tools/schemathesis/bin/st");
const BINDINGS = ["UNKNOWN_TOKENS", "ADMIN_REQUESTS", "SERVER_REQUESTS", "ADMIN_LOGINS_TOTAL", "CHARGE_CLICKS", "SUCCESS_PAGE"];
const ratelimits = BINDINGS.map((name, at) => ({ name, namespace_id: String(at), simple: { limit: 1_000_000, period: 60 } }));
let harness;

before(async () => {
  harness = await startHarness({ ratelimits });
  await importLines(harness, "player_id,player,amount,token\n26,Player 26,150.00,api-test-token-of-26\n27,Player 27,165.00,api-test-token-of-27\n");
  assert.equal((await ask(harness.link("api-test-token-of-26"))).status, 307);
});
after(() => harness?.stop());

test("the API is as it is described", async () => {
  assert.ok(existsSync(SCHEMATHESIS), "schemathesis is not installed: sh tools/setup.sh test");
  const handle = start(SCHEMATHESIS, [
    "--config-file", join(root, "tests/edge/schemathesis.toml"),
    "run", join(root, "assets/openapi.json"), "--url", harness.origin,
    "--max-examples", process.env.EXAMPLES ?? "5", "--workers", "1", "--request-timeout", "20",
    "--header", `Authorization: Bearer ${ADMIN_SECRET}`, "--header", "Accept: application/json", "--header", `User-Agent: ${IPHONE}`,
    // As a person's: others get the page with a button.
    "--header", "Accept-Language: en", "--header", "Sec-Fetch-Mode: navigate",
    // It leaves a folder of its own where it runs.
  ], { cwd: harness.folder });
  const status = await handle.exited;
  assert.equal(status, 0, handle.output.join("\n"));
  // It came far enough to do something.
  assert.ok(rows(harness, "SELECT 1 FROM audit").length > 5);
});
