// How the classifier does on requests that its tables were not drawn from:
//
//   node tools/visits/held-out.mjs [--no-machine-names] [--errors] FILE.jsonl[.gz]
//
// The file is split into parts by a hash of the User-Agent. For each part a copy of the classifier is
// made without the names that occur in that part's User-Agents and in no other part's, machines' and
// browsers' alike; it classifies that part, and the parts are added up. A name that is in no row at all came
// from elsewhere and stays. With --no-machine-names the copies have no machine's name at all, so that
// stems, addresses and grammar decide alone. --errors lists the rows that were misclassified.
//
// Exits with 1 if a held-out target is missed; without any machine's name nothing is promised.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { names } from './words.mjs';

const PARTS = 5;
const root = fileURLToPath(new URL('../..', import.meta.url));
const tree = join(root, 'target/held-out');
const lists = 'src/classifier/names';
/** The lists of names; those of stems, domains and networks are rules, and stay. */
const FILES = ['machines.txt', 'platforms.txt', 'browsers.txt', 'apps.txt', 'words.txt'];
const MACHINES = 'machines.txt';

const flags = new Set(process.argv.slice(2).filter((argument) => argument.startsWith('--')));
const file = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
const known = new Set(['--no-machine-names', '--errors']);
if (!file || [...flags].some((flag) => !known.has(flag))) {
  console.error('usage: node tools/visits/held-out.mjs [--no-machine-names] [--errors] FILE.jsonl[.gz]');
  process.exit(2);
}
const withoutMachines = flags.has('--no-machine-names');

const raw = readFileSync(file);
const text = (raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw).toString('utf8');
const rows = text.split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line));

/** The classifier and its tool as a workspace of their own: nothing else of the crate is built. */
function copy() {
  for (const made of ['src', 'tools']) rmSync(join(tree, made), { recursive: true, force: true });
  mkdirSync(join(tree, 'src'), { recursive: true });
  for (const path of ['src/classifier', 'src/classifier.rs', 'tools/visits/src', 'tools/visits/Cargo.toml', 'Cargo.lock']) {
    cpSync(join(root, path), join(tree, path), { recursive: true });
  }
  writeFileSync(join(tree, 'src/lib.rs'), '//! The classifier alone.\n\npub mod classifier;\n');
  const section = (name) => `[${name}]\n${manifest.split(`[${name}]\n`)[1].split('\n[')[0]}\n`;
  const manifest = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  const parts = ['workspace.package', 'workspace.lints.rust', 'workspace.lints.clippy', 'profile.release'].map(section);
  const own = '[workspace]\nmembers = ["tools/visits"]\nresolver = "3"\n\n[package]\nname = "checkout-guard"\nversion = "0.1.0"\nedition.workspace = true\n';
  writeFileSync(join(tree, 'Cargo.toml'), [own, ...parts].join('\n'));
}

/** Builds the tool without the names that `drop` wants gone; returns its path. */
function build(drop) {
  for (const name of FILES) writeFileSync(join(tree, lists, name), withoutNames(name, drop));
  const environment = { ...process.env, CARGO_TARGET_DIR: join(tree, 'build') };
  execFileSync('cargo', ['build', '--quiet', '--release', '--package', 'visits'], { cwd: tree, env: environment, stdio: 'inherit' });
  return join(tree, 'build/release/visits');
}

const lines = (binary, ...options) =>
  execFileSync(binary, [...options, file], { maxBuffer: 1 << 28, encoding: 'utf8' }).trimEnd().split('\n').map((line) => JSON.parse(line));

/** A list without the names that `drop` wants gone; headings and comments stay. */
function withoutNames(file, drop) {
  const kept = readFileSync(join(root, lists, file), 'utf8').split('\n').filter((line) => {
    const name = line.split('#')[0].trim();
    return !name || name.startsWith('[') || !drop(name, file);
  });
  return kept.join('\n');
}

copy();
const complete = build(() => false);
const whole = lines(complete, '--targets');
const partOf = lines(complete, '--verdicts', '--folds', PARTS).map(({ part }) => part);

// For each name the part that alone has it, or -1.
const home = new Map();
rows.forEach((row, n) => {
  for (const name of names(row.ua ?? '')) {
    home.set(name, home.has(name) && home.get(name) !== partOf[n] ? -1 : partOf[n]);
  }
});

const sum = whole.map((target) => ({ ...target, misses: 0, of: 0 }));
for (let part = 0; part < PARTS; part += 1) {
  let dropped = 0;
  const drop = (name, file) => {
    const gone = home.get(name) === part || (withoutMachines && file === MACHINES);
    dropped += Number(gone);
    return gone;
  };
  const options = ['--folds', PARTS, '--only-fold', part];
  const binary = build(drop);
  lines(binary, '--targets', ...options).forEach(({ misses, of }, n) => {
    sum[n].misses += misses;
    sum[n].of += of;
  });
  console.error(`part ${part + 1} of ${PARTS}: classified without ${dropped} names`);
  if (flags.has('--errors')) listErrors(lines(binary, '--verdicts', ...options));
}

function listErrors(classified) {
  for (const { row: number, verdict, reason } of classified) {
    const { label, ua } = rows[number];
    const isPerson = label === 'human' || label === 'inapp-human';
    if (isPerson !== (verdict === 'person')) console.log(`${label} -> ${verdict} (${reason}) ${ua}`);
  }
}

const share = ({ misses, of }) => `${((100 * misses) / Math.max(of, 1)).toFixed(3)} % (${misses})`;
console.log(`| | all names | ${withoutMachines ? 'no machine names' : 'held out'} | allowed |`);
console.log('|---|---:|---:|---:|');
sum.forEach((target, n) => {
  const missed = !withoutMachines && 100 * target.misses > target.percent * target.of;
  if (missed) process.exitCode = 1;
  const allowed = withoutMachines ? '-' : `${target.percent} %${missed ? ' MISSED' : ''}`;
  console.log(`| ${target.target} | ${share(whole[n])} | ${share(target)} | ${allowed} |`);
});
