// The parts of the web platform that the Worker touches, as strict as workerd: a body is read once, and what is read comes
// later, through the scheduler. Node's own would settle promises by themselves.

/** The Fetch standard, "Headers class": names compare without regard to case, several values are joined. */
export class Headers {
  #values = new Map();

  constructor(init = undefined) {
    if (init === undefined || init === null) return;
    const entries = init instanceof Headers ? init.#values : Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of entries) this.set(name, value);
  }

  get(name) {
    return this.#values.get(String(name).toLowerCase()) ?? null;
  }

  has(name) {
    return this.#values.has(String(name).toLowerCase());
  }

  set(name, value) {
    const text = String(value);
    if (/[\r\n\0]/.test(text)) throw new TypeError("Invalid header value.");
    this.#values.set(String(name).toLowerCase(), text);
  }

  append(name, value) {
    const old = this.get(name);
    this.set(name, old === null ? value : `${old}, ${value}`);
  }

  delete(name) {
    this.#values.delete(String(name).toLowerCase());
  }

  [Symbol.iterator]() {
    return this.#values[Symbol.iterator]();
  }
}

/** Bytes that are read once. `later(what, outcome)` is a promise that the scheduler settles by calling `outcome`. */
class Body {
  #chunks;
  #later;
  #breaksAfter;
  bodyUsed = false;

  constructor(chunks, later = undefined, breaksAfter = Infinity) {
    this.#chunks = chunks;
    this.#later = later;
    this.#breaksAfter = breaksAfter;
  }

  #take() {
    if (this.bodyUsed) {
      throw new TypeError("Body has already been used. It can only be used once. Use tee() first if you need to read it twice.");
    }
    this.bodyUsed = true;
  }

  async #all(what) {
    this.#take();
    const outcome = () => {
      if (this.#breaksAfter < this.#chunks.length) throw new TypeError("Network connection lost.");
      return Buffer.concat(this.#chunks);
    };
    return this.#later ? this.#later(what, outcome) : outcome();
  }

  async text() {
    return (await this.#all("text")).toString("utf8");
  }

  async json() {
    return JSON.parse(await this.text());
  }

  async arrayBuffer() {
    const bytes = await this.#all("arrayBuffer");
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  }

  /** A stream, as far as it is read here. */
  get body() {
    if (this.#chunks === null || this.#chunks.length === 0) return null;
    const settle = (what, outcome) => (this.#later ? this.#later(what, outcome) : Promise.resolve().then(outcome));
    return {
      getReader: () => {
        this.#take();
        let at = 0;
        return {
          read: () =>
            settle("read", () => {
              if (at >= this.#breaksAfter) throw new TypeError("Network connection lost.");
              return at < this.#chunks.length ? { done: false, value: new Uint8Array(this.#chunks[at++]) } : { done: true, value: undefined };
            }),
          cancel: () => settle("cancel", () => undefined),
        };
      },
      cancel: () => {
        this.#take();
        return settle("cancel", () => undefined);
      },
    };
  }
}

/** A request as the runtime hands it to the Worker. */
export class Request extends Body {
  constructor(url, { method = "GET", headers = {}, chunks = [], cf = undefined, later = undefined, breaksAfter = Infinity }) {
    super(chunks, later, breaksAfter);
    this.url = new URL(url).href;
    this.method = method;
    this.headers = new Headers(headers);
    this.cf = cf;
  }
}

const WITHOUT_BODY = new Set([101, 204, 205, 304]);

/** A response: what the Worker makes, and what `fetch` answers. */
export class Response extends Body {
  constructor(body = null, { status = 200, headers = undefined, later = undefined, breaksAfter = Infinity } = {}) {
    const bytes = body === null || body === undefined ? null : Buffer.from(body);
    if (!Number.isInteger(status) || status < 200 || status > 599) throw new RangeError("Responses may only be constructed with status codes in the range 200 to 599, inclusive.");
    if (bytes !== null && WITHOUT_BODY.has(status)) throw new TypeError("Response with null body status (101, 204, 205, or 304) cannot have a body.");
    super(bytes === null ? [] : [bytes], later, breaksAfter);
    this.status = status;
    this.headers = new Headers(headers);
    /** For the host, which sends it. */
    this.bytes = bytes ?? Buffer.alloc(0);
  }

  get ok() {
    return this.status >= 200 && this.status < 300;
  }
}
