// Sends every request of a file to the built Worker in workerd, on an unknown token, and holds the
// verdict in its Server-Timing against the native one: node tools/visits/replay.mjs FILE.jsonl[.gz]
//
// What HTTP cannot carry is left out and counted: what only the network in front of a Worker knows
// (`cf`), and User-Agents that no client can send.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { allRows, ask, startHarness, stripeCalls } from '../../tests/edge/harness.mjs';
import { root } from '../local.mjs';

const file = process.argv[2];
if (!file) {
  console.error('usage: node tools/visits/replay.mjs FILE.jsonl[.gz]');
  process.exit(2);
}
const DEFAULTS = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en-US,en;q=0.9',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

const raw = readFileSync(file);
const text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
const rows = text.split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line));
const binary = process.env.VISITS_BIN ?? join(root, 'target/release/visits');
const native = execFileSync(binary, ['--verdicts', file], { maxBuffer: 1 << 28, encoding: 'utf8' });
native.trimEnd().split('\n').forEach((line, n) => (rows[n].native = JSON.parse(line).verdict));

const harness = await startHarness();
const before = allRows(harness);
const differ = [];
let sent = 0;
let unsendable = 0;

async function send(row) {
  const headers = { ...DEFAULTS, ...row.headers, ...(row.ua === undefined ? {} : { 'user-agent': row.ua }) };
  // eslint-disable-next-line no-control-regex
  if (row.cf || Object.values(headers).some((value) => /[^\t\x20-\x7e]/.test(value))) {
    unsendable += 1;
    return;
  }
  const response = await ask(harness.link('no-such-token-here'), { method: row.method ?? 'GET', headers });
  const verdict = /visit;desc=(\w+)/.exec(response.headers.get('server-timing'))?.[1];
  sent += 1;
  if (verdict !== row.native) differ.push(`${row.native} natively, ${verdict} in workerd: ${row.ua}`);
}

try {
  for (let n = 0; n < rows.length; n += 64) await Promise.all(rows.slice(n, n + 64).map(send));
  differ.slice(0, 10).forEach((line) => console.log(line));
  const changed = allRows(harness) !== before || (await stripeCalls(harness)).length > 0;
  console.log(`${sent} requests sent, ${unsendable} that HTTP cannot carry, ${differ.length} verdicts differ, database ${changed ? 'CHANGED' : 'unchanged'}`);
  process.exitCode = differ.length || changed ? 1 : 0;
} finally {
  await harness.stop();
}
