// What is cheaper to do on JavaScript's side of the border: every string and every object that crosses
// it costs more than what is done with it. Nothing is decided here.

/**
 * The headers of these names in one string: a line each, which begins with "=" where the header is there.
 * No value of a header holds a line break (RFC 9110, "Field Values").
 */
export function lines(headers, names) {
  let all = "";
  for (const name of names) {
    const value = headers.get(name);
    all += value === null ? "\n" : `=${value}\n`;
  }
  return all;
}

/** What the network knows of a request, in lines as above. */
export function network(request) {
  const { asn, verifiedBotCategory, botManagement } = request.cf ?? {};
  return [asn, verifiedBotCategory, botManagement?.score].map((value) => (value == null ? "\n" : `=${value}\n`)).join("");
}

const texts = [];

/** Keeps a statement's text, and answers its number. */
export function learn(text) {
  return texts.push(text) - 1;
}

/** Runs statements, `[[number, parameter, ...], ...]`; several are one transaction. Answers all rows as JSON. */
export async function run(database, statements) {
  const prepared = JSON.parse(statements).map(([number, ...parameters]) =>
    database.prepare(texts[number]).bind(...parameters),
  );
  if (prepared.length === 1) return JSON.stringify([await prepared[0].raw()]);
  return JSON.stringify((await database.batch(prepared)).map(({ results }) => results));
}

/** A body up to a limit; null where it goes on past it. */
export async function read(stream, limit) {
  const chunks = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0];
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
