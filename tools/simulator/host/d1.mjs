// D1, over SQLite with the project's migrations. What is here is what D1's documentation says of it: a batch is one
// transaction, errors by message, limits ("Limits", "Debug D1", "D1 Database", "Prepared statement methods").
//
// One connection serves all seeds of a process, so that statements are prepared once. A seed is one transaction of it, which is
// never committed: at its end all is as after the migrations. A batch is a savepoint in it, and so is the point to which the
// database can be restored (Time Travel).

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** "Limits" of D1. */
export const LIMITS = { parameters: 100, statement: 100_000, value: 2_000_000, queries: { free: 50, paid: 1_000 } };

/** Words of SQLite that write: a statement without them is read-only to D1 ("Retry queries"). */
const WRITES = /\b(insert|update|delete|replace|create|drop|alter|pragma|vacuum|reindex)\b/i;
const known = new Map();

/** Whether a statement is read-only to D1, and what it is called in a trace. */
export function about(text) {
  let it = known.get(text);
  if (!it) known.set(text, (it = { isReadOnly: !WRITES.test(text), name: text.slice(0, 48).replace(/\s+/g, " ") }));
  return it;
}

/** The errors that a call can end in, from "List of D1_ERRORs"; whether it was carried out before is another question. */
export const TRANSIENT = [
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: D1 DB reset because its code was updated.",
  "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
  "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
  "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
];
export const OVERLOADED = ["D1_ERROR: D1 DB is overloaded. Requests queued for too long.", "D1_ERROR: D1 DB is overloaded. Too many requests queued."];
export const QUOTA = "D1_ERROR: Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.";

/** The text of all migrations, in their order. */
export function migrations(root) {
  const folder = join(root, "migrations");
  const files = readdirSync(folder).filter((name) => name.endsWith(".sql")).sort();
  return files.map((name) => [name, readFileSync(join(folder, name), "utf8")]);
}

/** The database itself, with these migrations. `edit` changes SQL texts, for a mutant. */
export class Store {
  #db;
  #objects = new Map();
  #arrays = new Map();
  #edit;
  #texts = new Map();
  #random;
  #now;
  #isNaming = false;
  #savepoint;
  #release;
  #total;
  /** How often each statement's text was carried out since [`Store.counted`] was asked. */
  #carriedOut = new Map();
  /** Rows that were inserted, changed or deleted by the newest transaction, those by triggers among them. */
  changed = 0;

  constructor({ schema, edit = (text) => text }) {
    this.#edit = edit;
    this.#db = new DatabaseSync(":memory:", { enableForeignKeyConstraints: true });
    // SQL of ours that asks SQLite for chance or for the time gets the seed's.
    this.#db.function("randomblob", (length) => this.#random.bytes(new Uint8Array(length)));
    this.#db.function("unixepoch", { varargs: true }, (...of) => unixepoch(of, () => this.#now()));
    this.#db.exec("PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -20000");
    this.#savepoint = this.#db.prepare("SAVEPOINT batch");
    this.#release = this.#db.prepare("RELEASE batch");
    this.#total = this.#db.prepare("SELECT total_changes() AS rows");
    this.#random = { bytes: (bytes) => bytes.fill(1) };
    this.#now = () => 0;
    for (const [, text] of schema) this.#db.exec(edit(text));
    // An installation is named once. Here each seed names it: the rule stands, but for the simulator itself. To drop it and make
    // it again in each seed would have every statement prepared anew.
    this.#db.function("is_named_by_the_simulator", () => (this.#isNaming ? 1 : 0));
    this.#db.exec(`DROP TRIGGER installation_fixed; CREATE TRIGGER installation_fixed BEFORE UPDATE ON installation
      WHEN NOT is_named_by_the_simulator() BEGIN SELECT RAISE(ABORT, 'the installation has its name'); END`);
    // What wrangler keeps of them, which the health page reads.
    this.#db.exec("CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)");
    for (const [name] of schema) this.#db.prepare("INSERT INTO d1_migrations (name, applied_at) VALUES (?, '2026-01-01 00:00:00')").run(name);
  }

  /** A seed begins: the installation has a name and a day of its own, as after a deployment. */
  begin({ random, now, id }) {
    this.#random = random;
    this.#now = now;
    this.#db.exec("BEGIN");
    this.#isNaming = true;
    this.#db.prepare("UPDATE installation SET id = ?, created_at = ?").run(id, now());
    this.#isNaming = false;
  }

  /** It is over. */
  end() {
    this.#db.exec("ROLLBACK");
  }

  /** A migration is applied, while the Worker runs. Its end takes it back with all else. */
  migrate(text) {
    this.#db.exec(text);
  }

  /** How often each statement's text was carried out since this was asked last. */
  counted() {
    const counts = this.#carriedOut;
    this.#carriedOut = new Map();
    return counts;
  }

  /** A point to which the database can go back. */
  bookmark() {
    this.#db.exec("SAVEPOINT bookmark");
  }

  /** The database is put back to the bookmark. */
  restore() {
    this.#db.exec("ROLLBACK TO bookmark");
  }

  /** Runs `[text, parameters, wantsArrays]`s as one transaction; throws D1's error. */
  transact(statements) {
    // One statement takes effect as a whole or not at all by itself.
    const isBatch = statements.length > 1;
    const before = statements.every(([text]) => about(text).isReadOnly) ? undefined : this.#total.get().rows;
    this.changed = 0;
    if (isBatch) this.#savepoint.run();
    try {
      const results = statements.map(([text, parameters, wantsArrays]) => this.#prepared(text, wantsArrays).all(...parameters));
      if (isBatch) this.#release.run();
      if (before !== undefined) this.changed = this.#total.get().rows - before;
      for (const [text] of statements) this.#carriedOut.set(text, (this.#carriedOut.get(text) ?? 0) + 1);
      return results;
    } catch (error) {
      if (isBatch) this.#db.exec("ROLLBACK TO batch; RELEASE batch");
      if (error.code !== "ERR_SQLITE_ERROR") throw error;
      const constraint = error.errcode % 256 === 19 ? ": SQLITE_CONSTRAINT" : ": SQLITE_ERROR";
      throw new Error(`D1_ERROR: ${error.message}${constraint}`);
    }
  }

  /** For the checker: rows as objects, read outside of the world. */
  rows(sql, ...parameters) {
    return this.#prepared(sql, false).all(...parameters);
  }

  #prepared(text, wantsArrays) {
    const cache = wantsArrays ? this.#arrays : this.#objects;
    let statement = cache.get(text);
    if (!statement) {
      let edited = this.#texts.get(text);
      if (edited === undefined) this.#texts.set(text, (edited = this.#edit(text)));
      statement = this.#db.prepare(edited);
      if (wantsArrays) statement.setReturnArrays(true);
      cache.set(text, statement);
    }
    return statement;
  }
}

/** SQLite's `unixepoch`, as far as the project's SQL asks: of a day, of milliseconds, of now. */
function unixepoch(of, now) {
  if (of.length === 0) return Math.floor(now() / 1000);
  if (of.length === 1 && of[0] === "subsec") return now() / 1000;
  const [text, ...more] = of;
  if (text === null) return null;
  if (typeof text === "string" && more.length === 0) {
    const at = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text.replace(" ", "T")}Z`);
    return Number.isNaN(at) ? null : Math.floor(at / 1000);
  }
  throw new Error(`the simulator's unixepoch does not know (${of.join(", ")})`);
}

/** A prepared statement, as `prepare` answers it. */
class Statement {
  #call;

  constructor(text, parameters, call) {
    this.text = text;
    this.parameters = parameters;
    this.#call = call;
  }

  bind(...parameters) {
    for (const value of parameters) {
      if (value === undefined) throw new Error("D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'");
    }
    return new Statement(this.text, parameters, this.#call);
  }

  async raw() {
    return (await this.#call([[this.text, this.parameters, true]]))[0];
  }

  async all() {
    return outcome((await this.#call([[this.text, this.parameters, false]]))[0]);
  }

  async run() {
    return this.all();
  }

  async first(column = undefined) {
    const row = (await this.all()).results[0] ?? null;
    return row === null || column === undefined ? row : row[column];
  }
}

const outcome = (results) => ({
  success: true,
  results,
  meta: { served_by: "simulator", duration: 0, changes: 0, last_row_id: 0, changed_db: false, size_after: 0, rows_read: 0, rows_written: 0 },
});

/**
 * The binding `DB` of one request. `call(statements, isReadOnly)` is a promise of the rows: the host decides when it arrives
 * and what comes of it.
 */
export function binding({ call }) {
  const asked = (statements) => {
    for (const [text, parameters] of statements) {
      if (parameters.length > LIMITS.parameters) throw new Error("D1_ERROR: too many SQL variables: SQLITE_ERROR");
      if (text.length > LIMITS.statement) throw new Error("D1_ERROR: statement too long: SQLITE_TOOBIG");
      const isTooLong = (value) => typeof value === "string" && Buffer.byteLength(value) > LIMITS.value;
      if (parameters.some(isTooLong)) throw new Error("D1_ERROR: string or blob too big: SQLITE_TOOBIG");
    }
    return call(statements, statements.every(([text]) => about(text).isReadOnly));
  };
  return {
    prepare: (text) => new Statement(text, [], async (statements) => asked(statements)),
    batch: async (statements) => {
      const all = await asked(statements.map(({ text, parameters }) => [text, parameters, false]));
      return all.map(outcome);
    },
  };
}
