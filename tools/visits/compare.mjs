// Prints the side-by-side table of docs/visits.md: this classifier, isbot and crawler-user-agents on one
// file of labelled requests. Usage: node tools/visits/compare.mjs FILE.jsonl[.gz]
//
// The others know only the User-Agent, so every row is given to them as that alone. For this classifier
// "a machine" is what does not pass as a person: Machine, Prefetch and Unsure get no payment.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { crawlerUserAgents } from './crawlers.mjs';
import { isbot } from 'isbot';

const file = process.argv[2];
if (!file) {
  console.error('usage: node tools/visits/compare.mjs FILE.jsonl[.gz]');
  process.exit(2);
}
const binary = process.env.VISITS_BIN ?? fileURLToPath(new URL('../../target/release/visits', import.meta.url));

function read(path) {
  const raw = readFileSync(path);
  const text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
  return text.split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line));
}

const rows = read(file);
const output = execFileSync(binary, ['--verdicts', file], { maxBuffer: 1 << 28, encoding: 'utf8' });
output.trimEnd().split('\n').forEach((line, i) => (rows[i].verdict = JSON.parse(line).verdict));

const groups = [
  ['preview bots', (row) => row.label === 'preview-bot'],
  ['mail and security scanners', (row) => row.label === 'scanner'],
  ['crawlers', (row) => row.label === 'crawler'],
  ['command-line clients', (row) => row.label === 'cli'],
  ['prefetches', (row) => row.label === 'prefetch'],
  ['people', (row) => row.label === 'human'],
  ['people in apps', (row) => row.label === 'inapp-human'],
];
const classifiers = [
  (row) => row.verdict !== 'person',
  (row) => row.verdict === 'machine',
  (row) => isbot(row.ua ?? ''),
  (row) => crawlerUserAgents(row.ua ?? ''),
];

const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(2)} %` : '-');
console.log('| requests | rows | not a person | a machine | isbot | crawler-user-agents |');
console.log('|---|---:|---:|---:|---:|---:|');
for (const [name, belongs] of groups) {
  const group = rows.filter(belongs);
  const cells = classifiers.map((classify) => share(group.filter(classify).length, group.length));
  console.log(`| ${name} | ${group.length} | ${cells.join(' | ')} |`);
}

function nanoseconds(classify) {
  const agents = rows.map((row) => row.ua ?? '');
  agents.forEach(classify);
  const start = process.hrtime.bigint();
  agents.forEach(classify);
  return Math.round(Number(process.hrtime.bigint() - start) / agents.length);
}
const report = (() => {
  try {
    return execFileSync(binary, [file], { maxBuffer: 1 << 28, encoding: 'utf8' });
  } catch (missed) {
    return missed.stdout; // it exits with 1 if a target is missed, and has printed all the same
  }
})();
const own = /median (\d+)/.exec(report)?.[1] ?? '?';
console.log(`| a call | | ${own} ns | | ${nanoseconds(isbot)} ns | ${nanoseconds(crawlerUserAgents)} ns |`);
