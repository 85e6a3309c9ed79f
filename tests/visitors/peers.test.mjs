// The classifier against the public lists of crawlers and of people, and isbot on the same input.
// Needs the built `visits` binary: VISITS_BIN, or target/release/visits under the repository.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import test from 'node:test';
import { isbot } from 'isbot';
import UserAgent from 'user-agents';
import { list as knownCrawlers } from '../../tools/visits/crawlers.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = process.env.VISITS_BIN ?? join(root, 'target/release/visits');

/** Entries of crawler-user-agents that are browsers: people in apps and in an editor's window. */
const PEOPLE_IN_THE_LIST = [/AP3A\.240617\.008/, /MetaIAB Facebook/, /\b(Code|Trae)\/1\.\d.* Electron\//];

/** How many people to draw, by how often each browser is seen. */
const PEOPLE = 20_000;

function crawlers() {
  const instances = new Set(knownCrawlers.flatMap((crawler) => crawler.instances));
  return [...instances].filter((agent) => !PEOPLE_IN_THE_LIST.some((people) => people.test(agent)));
}

function people() {
  const draw = new UserAgent();
  return Array.from({ length: PEOPLE }, () => draw.random().toString());
}

function judge(agents) {
  const input = agents.map((ua) => JSON.stringify({ ua, label: '' })).join('\n');
  const output = execFileSync(binary, ['--verdicts', '-'], { input, maxBuffer: 1 << 28, encoding: 'utf8' });
  return output.trimEnd().split('\n').map((line, i) => ({ agent: agents[i], ...JSON.parse(line) }));
}

const percent = (part, whole) => (100 * part.length) / whole.length;
const list = (rows) => rows.slice(0, 20).map(({ verdict, reason, agent }) => `${verdict} ${reason} ${agent}`).join('\n');

test('no crawler of crawler-user-agents passes for a person', (t) => {
  const judged = judge(crawlers());
  assert.ok(judged.length > 2000, 'the list has shrunk');
  const passed = judged.filter(({ verdict }) => verdict === 'person');
  const byIsbot = judged.filter(({ agent }) => !isbot(agent));
  t.diagnostic(`taken for people: ${passed.length} of ${judged.length}; by isbot ${byIsbot.length}`);
  assert.ok(percent(passed, judged) <= 0.3, list(passed));
  assert.ok(passed.length <= byIsbot.length, 'isbot sees more of them');
});

test('nine of ten crawlers are machines, not only unsure', () => {
  const judged = judge(crawlers());
  const machines = judged.filter(({ verdict }) => verdict === 'machine');
  assert.ok(percent(machines, judged) >= 90, `${machines.length} of ${judged.length}`);
});

test('people are people', (t) => {
  const judged = judge(people());
  const machines = judged.filter(({ verdict }) => verdict === 'machine');
  const unsure = judged.filter(({ verdict }) => verdict === 'unsure');
  const byIsbot = judged.filter(({ agent }) => isbot(agent));
  t.diagnostic(`of ${judged.length}: machine ${machines.length}, unsure ${unsure.length}; bots by isbot ${byIsbot.length}`);
  assert.ok(percent(machines, judged) <= 0.01, list(machines));
  assert.ok(percent(unsure, judged) <= 0.5, list(unsure));
  assert.equal(judged.filter(({ verdict }) => verdict === 'prefetch').length, 0);
});

test('people whom the list counts as crawlers are people', () => {
  const agents = knownCrawlers.flatMap((crawler) => crawler.instances);
  const trapped = agents.filter((agent) => PEOPLE_IN_THE_LIST.some((trap) => trap.test(agent)));
  const judged = judge(trapped);
  assert.deepEqual(judged.filter(({ verdict }) => verdict !== 'person'), []);
});
