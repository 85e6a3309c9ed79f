// Mutants: the Worker made worse on purpose. A simulator that lets one pass shows nothing by what it does not find.
//
// Those of the edge change the glue: the sources that tools/build.sh bundles, bundled once more with a line changed; or what the host gives.
// Those of the database change SQL as SQLite gets to see it, and those of the core change its Rust, in a copy of the tree that tools/build.sh
// builds. Both are read from tests/proof/mutants.rs, so that both proofs face the same. An edit says loudly when what it would change is not
// there any more. The shipped code has no switch.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

/** What an edit changes: `file` of the bundle's sources, and the text that stands in it once. */
const edit = (file, find, replace) => ({ file, find, replace });
const runtime = (find, replace) => edit("runtime.js", find, replace);
const entry = (find, replace) => edit("entry.js", find, replace);
/** wasm-bindgen's part: what Rust calls of JavaScript's own. */
const bindings = (find, replace) => edit("checkout_guard.js", find, replace);

/** Of the edge: name, and what is changed. */
export const EDGE = [
  ["the executor loses a wake-up", [runtime("callback(ticket, isFulfilled, value);", "if (ticket % 41 !== 0) callback(ticket, isFulfilled, value);")]],
  ["the executor answers another request's promise", [runtime("take(task).resolve(value);", "take([...tasks.keys()].find((other) => other !== task) ?? task).resolve(value);")]],
  ["a promise that is rejected counts as fulfilled", [runtime("(error) => settled(false, error),", "(error) => settled(true, error),")]],
  ["`waitUntil` is forgotten", [bindings("arg0.waitUntil(arg1);", "")]],
  ["an error of the database is swallowed", [runtime("const all = (await database.batch(prepared))", "const all = (await database.batch(prepared).catch(() => prepared.map(() => ({ results: [] }))))")]],
  ["an error of the database loses its words", [runtime("const all = (await database.batch(prepared))", 'const all = (await database.batch(prepared).catch(() => { throw new Error("D1 failed"); }))')]],
  ["several statements are no transaction", [runtime("(await database.batch(prepared))", "(await Promise.all(prepared.map((statement) => statement.all())))")]],
  ["of several statements the first one's rows are answered", [runtime("const last = all.at(-1);", "const last = all.at(0);")]],
  ["two isolates share the tasks that wait", [runtime("const tasks = new Map();", "const tasks = (Map.shared ??= new Map());")]],
  ["two isolates share the numbers of statements", [runtime("const texts = [];", "const texts = (Array.shared ??= []);"), runtime("return texts.push(text) - 1;", "texts[statements] = text; return statements++;"), runtime("/** Registers a statement's text", "let statements = 0;\n/** Registers a statement's text")]],
  ["a constant answer loses its headers", [runtime("return new Response(body, init);", "return new Response(body, { status: init.status });")]],
  ["a redirect is cached", [entry("return answer instanceof Promise ? answer.catch", "const led = (globalThis.led ??= new Map());\n      if (led.has(request.url)) return new Response(null, led.get(request.url));\n      if (answer instanceof Promise) answer.then((it) => it.status === 307 && led.set(request.url, it), () => {});\n      return answer instanceof Promise ? answer.catch")]],
  ["the constant answer of the request before is given", [entry("const number = worker.fast_path(head);", "const number = Math.max(worker.fast_path(head), globalThis.before ?? -1);\n      globalThis.before = number;")]],
  ["the head of the request before is read", [entry("const head = requestHead(request);", "const head = globalThis.before ?? requestHead(request);\n    globalThis.before = requestHead(request);")]],
  ["a body is read twice", [runtime("return new Uint8Array(await request.arrayBuffer());", "{ await request.arrayBuffer(); return new Uint8Array(await request.arrayBuffer()); }")]],
  ["a body is cut off", [runtime("return new Uint8Array(await request.arrayBuffer());", "return new Uint8Array(await request.arrayBuffer()).subarray(0, 400);")]],
  ["the clock is read once", [bindings("const ret = Date.now();", "const ret = (globalThis.now ??= Date.now());")]],
  ["the clock of Stripe's seconds is read as milliseconds", [bindings("const ret = Date.now();", "const ret = Math.floor(Date.now() / 1000);")]],
  ["the same randomness comes again", [bindings("const ret = arg0.getRandomValues(getArrayU8FromWasm0(arg1, arg2));", "const ret = getArrayU8FromWasm0(arg1, arg2).fill(7);")]],
  ["a trap keeps the instance", [entry("  state.criticalError = true;\n", ""), entry("  rejectTasks();\n}\n\nfunction replaceInstance", "}\n\nfunction replaceInstance")]],
  ["whoever waits beside a trap waits for ever", [entry("  rejectTasks();\n}\n\nfunction replaceInstance() {\n  rejectTasks();", "}\n\nfunction replaceInstance() {")]],
  ["an answer to the instance before is taken", [runtime("if (waiting !== instance) return;", "")]],
  ["an email that fails is sent again at once", [runtime("binding.send(JSON.parse(mail))", "binding.send(JSON.parse(mail)).catch(() => binding.send(JSON.parse(mail)))")]],
  ["an email's failure is no failure", [runtime("binding.send(JSON.parse(mail))", "binding.send(JSON.parse(mail)).catch(() => {})")]],
  ["the hour of a time zone is asked for once", [runtime("const { value } = format.formatToParts(at)", "at = zones.at ??= at;\n    const { value } = format.formatToParts(at)")]],
  ["a header of Stripe's request is dropped", [bindings("arg0.set(getStringFromWasm0(arg1, arg2), getStringFromWasm0(arg3, arg4));", 'if (getStringFromWasm0(arg1, arg2) !== "idempotency-key") arg0.set(getStringFromWasm0(arg1, arg2), getStringFromWasm0(arg3, arg4));')]],
  ["a call to D1 has no time limit", [runtime("if (rest <= 0) wait.end();", "if (rest <= 0) continue;")]],
  ["a call has no time limit", [bindings("const ret = AbortSignal.timeout(arg0 >>> 0);", "const ret = AbortSignal.timeout(600000);")]],
];

/** Makes what `load` takes of the edits of the glue. */
export async function ofGlue(edits, root) {
  const folder = join(root, "target/bundle");
  if (!existsSync(join(folder, "entry.js"))) throw new Error(`${folder} is not there: tools/build.sh makes it when it builds`);
  const found = new Set();
  const changes = {
    name: "changes",
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.js$/ }, ({ path }) => {
        const mine = edits.filter(({ file }) => file === basename(path));
        let text = readFileSync(path, "utf8");
        for (const one of mine) {
          if (!text.includes(one.find)) continue;
          found.add(one);
          text = text.replace(one.find, () => one.replace);
        }
        return { contents: text, loader: "js" };
      }),
  };
  const { outputFiles } = await build({
    entryPoints: [join(folder, "entry.js")], bundle: true, write: false, minifyWhitespace: true, format: "esm", target: "es2022", external: ["*.wasm"], logLevel: "silent", plugins: [changes],
  });
  const missing = edits.find((edit) => !found.has(edit));
  if (missing) throw new Error(`${missing.file} has no ${missing.find}`);
  return { glue: () => outputFiles[0].text };
}

/** Makes what `load` takes of `[find, replace]` edits of SQL. `met` has the numbers of those whose text SQLite has got to see. */
export function ofSql(edits) {
  const met = new Set();
  return {
    sql: (text) =>
      edits.reduce((text, [find, replace], at) => {
        if (!text.includes(find)) return text;
        met.add(at);
        return text.replaceAll(find, () => replace);
      }, text),
    met,
  };
}

/** The mutants of the database in tests/proof/mutants.rs: `[name, [[find, replace], …]]`. */
export function ofProof(root) {
  const text = readFileSync(join(root, "tests/proof/mutants.rs"), "utf8");
  const [, ...parts] = text.slice(text.indexOf("pub const ALL")).split("of_database(");
  const string = String.raw`"((?:[^"\\]|\\[\s\S])*)"`;
  return parts.map((part) => {
    const own = part.split("of_code(")[0];
    const [, name] = new RegExp(`^\\s*${string}`).exec(own);
    const edits = [...own.matchAll(new RegExp(`edit\\(\\s*${string},\\s*${string},?\\s*\\)`, "g"))];
    if (edits.length === 0) throw new Error(`tests/proof/mutants.rs: no edit of "${name}" was read`);
    return [rust(name), edits.map(([, find, replace]) => [rust(find), rust(replace)])];
  });
}

/**
 * Those of the core that are compiled into the Worker here: each costs a build. They are the ones whose harm is seen from outside, in money, in what
 * somebody is told or in what is lost. tests/proof finds all of them.
 */
const OF_CORE = [
  "a fresh order is stale", "a stale order is fresh", "a changed amount is not noticed", "a completed session is led to again", "a bank debit at work is replaced",
  "an operator's act does not end the session first", "an operator's act overrules a payment that was faster", "an operator's act overrules a bank that is at work",
  "the cron reads no events", "a 404 is taken for a session that has ended", "another database's payment is taken for ours", "a payment on a canceled order is dropped",
  "expire's 400 is swallowed", "a refund is made though another sum has gone back than the operator saw", "a refund that Stripe refuses is asked for again for ever",
  "a page records its events and moves nothing", "an old order is canceled without asking Stripe",
];

/** The mutants of the core: `[name, [[file, function, find, replace], …]]`. */
export function ofCore(root) {
  const text = readFileSync(join(root, "tests/proof/mutants.rs"), "utf8");
  const [, ...parts] = text.slice(text.indexOf("pub const ALL")).split("of_code(");
  const string = String.raw`"((?:[^"\\]|\\[\s\S])*)"`;
  const all = parts.map((part) => {
    const own = part.split("of_database(")[0];
    const [, name] = new RegExp(`^\\s*${string}`).exec(own);
    const changes = [...own.matchAll(new RegExp(`change\\(\\s*${string},\\s*${string},\\s*${string},?\\s*\\)`, "g"))];
    return [rust(name), changes.map(([, at, find, replace]) => [...rust(at).split("::"), rust(find), rust(replace)])];
  });
  return OF_CORE.map((name) => {
    const found = all.find(([known]) => known === name);
    if (!found || found[1].length === 0) throw new Error(`tests/proof/mutants.rs has no changes of code named "${name}"`);
    return found;
  });
}

/** Builds the Worker of a copy of the tree with these changes, and answers where it lies. One at a time: the copy is one. */
export function buildOfCore(root, changes) {
  const tree = join(root, "target/simulator/core");
  const isMade = new Set(["target", "node_modules", "build", ".git", ".tools", ".wrangler", ".dev.vars"]);
  const sources = new Map();
  const copy = (from, to) => {
    if (statSync(from).isDirectory()) {
      mkdirSync(to, { recursive: true });
      for (const name of readdirSync(from)) if (!isMade.has(name)) copy(join(from, name), join(to, name));
      return;
    }
    const text = readFileSync(from);
    sources.set(to, text);
    if (!existsSync(to) || !readFileSync(to).equals(text)) writeFileSync(to, text);
  };
  copy(root, tree);
  for (const name of ["node_modules", ".tools"]) if (existsSync(join(root, name)) && !existsSync(join(tree, name))) symlinkSync(join(root, name), join(tree, name));
  for (const [file, name, find, replace] of changes) {
    const places = [...sources].filter(([path, text]) => basename(path) === `${file}.rs` && path.startsWith(join(tree, "src")) && mutated(text.toString("utf8"), name, find, replace) !== undefined);
    if (places.length !== 1) throw new Error(`${file}::${name} no longer has once: ${find}`);
    const [[path, text]] = places;
    const after = Buffer.from(mutated(text.toString("utf8"), name, find, replace));
    sources.set(path, after);
    writeFileSync(path, after);
  }
  // As the shipped one but for the time that the compiler takes.
  const env = { ...process.env, CARGO_TARGET_DIR: join(tree, "target"), CARGO_PROFILE_WORKER_LTO: "false", CARGO_PROFILE_WORKER_CODEGEN_UNITS: "16", CARGO_PROFILE_WORKER_INCREMENTAL: "true", CARGO_PROFILE_WORKER_OPT_LEVEL: "1" };
  execFileSync("sh", ["tools/build.sh"], { cwd: tree, env, stdio: ["ignore", "ignore", "inherit"] });
  return join(tree, "build");
}

/** A source with a change in the body of a function, as tests/proof/workshop.rs makes it: white space does not count; nothing if it does not stand there once. */
function mutated(source, name, find, replace) {
  const begin = new RegExp(`fn ${name}[(<]`).exec(source)?.index;
  if (begin === undefined) return undefined;
  let depth = 0;
  let end = begin;
  for (; end < source.length; end++) {
    if (source[end] === "{") depth += 1;
    if (source[end] === "}" && --depth === 0) break;
  }
  const places = [];
  const dense = [];
  for (let at = begin; at <= end; at++) if (!/\s/.test(source[at])) dense.push(at);
  const wanted = find.replace(/\s+/g, "");
  const text = dense.map((at) => source[at]).join("");
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) places.push(at);
  if (places.length !== 1) return undefined;
  return source.slice(0, dense[places[0]]) + replace + source.slice(dense[places[0] + wanted.length - 1] + 1);
}

/** A string of Rust's, as it is: with its escapes, and lines that go on. */
const rust = (text) => text.replace(/\\\n\s*/g, "").replace(/\\(.)/g, (_, char) => ({ n: "\n", t: "\t" })[char] ?? char);
