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

function classify(agents) {
  const input = agents.map((ua) => JSON.stringify({ ua, label: '' })).join('\n');
  const output = execFileSync(binary, ['--verdicts', '-'], { input, maxBuffer: 1 << 28, encoding: 'utf8' });
  return output.trimEnd().split('\n').map((line, i) => ({ agent: agents[i], ...JSON.parse(line) }));
}

const percent = (part, whole) => (100 * part.length) / whole.length;
const list = (rows) => rows.slice(0, 20).map(({ verdict, reason, agent }) => `${verdict} ${reason} ${agent}`).join('\n');

test('no crawler of crawler-user-agents passes for a person', (t) => {
  const classified = classify(crawlers());
  assert.ok(classified.length > 2000, 'the list has shrunk');
  const passed = classified.filter(({ verdict }) => verdict === 'person');
  const byIsbot = classified.filter(({ agent }) => !isbot(agent));
  t.diagnostic(`taken for people: ${passed.length} of ${classified.length}; by isbot ${byIsbot.length}`);
  assert.ok(percent(passed, classified) <= 0.3, list(passed));
  assert.ok(passed.length <= byIsbot.length, 'isbot sees more of them');
});

test('nine of ten crawlers are machines, not only unsure', () => {
  const classified = classify(crawlers());
  const machines = classified.filter(({ verdict }) => verdict === 'machine');
  assert.ok(percent(machines, classified) >= 90, `${machines.length} of ${classified.length}`);
});

test('people are people', (t) => {
  const classified = classify(people());
  const machines = classified.filter(({ verdict }) => verdict === 'machine');
  const unsure = classified.filter(({ verdict }) => verdict === 'unsure');
  const byIsbot = classified.filter(({ agent }) => isbot(agent));
  t.diagnostic(`of ${classified.length}: machine ${machines.length}, unsure ${unsure.length}; bots by isbot ${byIsbot.length}`);
  assert.ok(percent(machines, classified) <= 0.01, list(machines));
  assert.ok(percent(unsure, classified) <= 0.5, list(unsure));
  assert.equal(classified.filter(({ verdict }) => verdict === 'prefetch').length, 0);
});

test('people whom the list counts as crawlers are people', () => {
  const agents = knownCrawlers.flatMap((crawler) => crawler.instances);
  const trapped = agents.filter((agent) => PEOPLE_IN_THE_LIST.some((trap) => trap.test(agent)));
  const classified = classify(trapped);
  assert.deepEqual(classified.filter(({ verdict }) => verdict !== 'person'), []);
});
