// What is cheaper to do on JavaScript's side of the border: every string and every object that crosses
// it costs more than what is done with it. Nothing is decided here.

/** A value on a line of its own, which begins with "=" where the value is there. None holds a line break. */
const line = (value) => (value === undefined || value === null ? "\n" : `=${value}\n`);

/** What is read of every request, in one string: method and URL, and a line for the User-Agent. */
export function opening(request) {
  return `${request.method} ${request.url}\n${line(request.headers.get("user-agent"))}`;
}

const constants = [];

/** Keeps what a constant answer is made from. */
export function keep(number, body, init) {
  constants[number] = [body, init];
}

/** Such an answer. */
export function constant(number) {
  const [body, init] = constants[number];
  return new Response(body, init);
}

/** The headers of these names in one string, a line each (RFC 9110, "Field Values": without line breaks). */
export function lines(headers, names) {
  let all = "";
  for (const name of names) all += line(headers.get(name));
  return all;
}

/** What the network knows of a request, in lines as above; nothing where it knows nothing. */
export function network(request) {
  const { cf } = request;
  if (!cf) return "";
  return line(cf.asn) + line(cf.verifiedBotCategory) + line(cf.botManagement?.score);
}

const texts = [];

/** Keeps a statement's text, and answers its number. */
export function learn(text) {
  return texts.push(text) - 1;
}

/**
 * Runs statements, `[[number, parameter, ...], ...]`; several are one transaction. Answers all rows as
 * JSON; a single text of the last statement, which most reads come to, as "=" and itself.
 */
export async function run(database, statements) {
  const prepared = JSON.parse(statements).map(([number, ...parameters]) =>
    database.prepare(texts[number]).bind(...parameters),
  );
  if (prepared.length === 1) {
    const rows = await prepared[0].raw();
    const [[text, ...others] = [], ...more] = rows;
    if (typeof text === "string" && others.length + more.length === 0) return `=${text}`;
    return JSON.stringify([rows]);
  }
  const all = (await database.batch(prepared)).map(({ results }) => results);
  const last = all.at(-1);
  if (last.length === 1 && all.every((rows) => rows === last || rows.length === 0)) {
    const [text, ...others] = Object.values(last[0]);
    if (typeof text === "string" && others.length === 0) return `=${text}`;
  }
  return JSON.stringify(all);
}

/** What a promise is broken with whose task was lost with its instance. */
export class Lost extends Error {}

/** Which instance in wasm this is. What belongs to one that is gone is told to nobody. */
let instance = 0;
let caught = (error) => {
  throw error;
};

/** Has somebody called with what a task throws that goes on in a promise's callback: it can only be a trap. */
export function watch(callback) {
  caught = callback;
}

/** Tells what became of a promise: the ticket, whether it was kept, and what came. */
export function tell(promise, ticket, settled) {
  const born = instance;
  const told = (isKept, value) => {
    if (born !== instance) return;
    try {
      settled(ticket, isKept, value);
    } catch (error) {
      caught(error);
    }
  };
  promise.then(
    (value) => told(true, value),
    (error) => told(false, error),
  );
}

const pending = new Map();

/** Breaks the promises of all tasks: their instance is gone. */
export function lose() {
  instance += 1;
  for (const { reject } of pending.values()) reject(new Lost("its instance was lost"));
  pending.clear();
}

/** A promise of what a task comes to. */
export function promise(task) {
  return new Promise((resolve, reject) => {
    pending.set(task, { resolve, reject });
  });
}

/** Settles such a promise. */
export function settle(task, isKept, value) {
  const { resolve, reject } = pending.get(task);
  pending.delete(task);
  if (isKept) resolve(value);
  else reject(value);
}

/** Gives such a promise up: nobody waits for it. */
export function forget(task) {
  pending.delete(task);
}

/** Waits for so many milliseconds. */
export function pause(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** A body up to a limit; null where it goes on past it. */
export async function read(request, limit) {
  // A body is as long as it says (RFC 9112, "Message Body Length"); one that does not say may be endless.
  const said = request.headers.get("content-length");
  if (said !== null && Number(said) <= limit) return new Uint8Array(await request.arrayBuffer());
  const chunks = [];
  let length = 0;
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length <= limit) chunks.push(value);
    // Somebody who is still sending would not hear the answer, but a connection that breaks.
    if (length > 4 * limit) {
      reader.cancel().catch(() => {});
      return null;
    }
  }
  if (length > limit) return null;
  if (chunks.length === 1) return chunks[0];
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
