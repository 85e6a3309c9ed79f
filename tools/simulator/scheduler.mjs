// Owns everything that is still to happen. What the host would settle, a call that arrives, an answer, a timer, waits here as
// an event; of those that are due the seed chooses one. Time moves only when nothing is due.

import { createHash } from "node:crypto";

/** Lets all promise reactions run: the next macrotask begins once no microtask is left. */
const drained = () => new Promise((resolve) => setImmediate(resolve));

export class Scheduler {
  /** Simulated unix milliseconds. */
  now;
  /** Events carried out so far. */
  steps = 0;
  /** The newest lines of the trace, in words. */
  lines = [];
  #random;
  #hash = createHash("sha256");
  #due = [];
  /** A heap of what comes later, the earliest first. */
  #later = [];
  #number = 0;
  #keep;

  /** `keep`: how many lines of the trace are kept in words; the hash has all. */
  constructor({ now, random, keep = 0 }) {
    this.now = now;
    this.#random = random;
    this.#keep = keep;
  }

  /**
   * Something happens in so many milliseconds. `isDead` says that its moment has passed: the isolate has died, the request has
   * ended. Then it is left out. `run` may return `false` if it touched no promise of the Worker.
   */
  after(delay, label, run, isDead) {
    const event = { at: this.now + Math.max(0, Math.round(delay)), number: this.#number++, label, run, isDead };
    if (event.at <= this.now) this.#due.push(event);
    else push(this.#later, event);
    return event;
  }

  /** Resolves after so many milliseconds. */
  sleep(delay, label = "time") {
    return new Promise((resolve) => this.after(delay, label, resolve));
  }

  /** Takes an event back. */
  cancel(event) {
    event.isDead = () => true;
  }

  /** Writes a line into the trace. */
  tell(line) {
    this.#hash.update(`${this.now} ${line}\n`);
    if (this.#keep === 0) return;
    this.lines.push([this.now, line]);
    if (this.lines.length > 2 * this.#keep) this.lines.splice(0, this.#keep);
  }

  /** The trace's hash so far. */
  hash() {
    return this.#hash.copy().digest("hex");
  }

  /** Carries out events until `isOver`, or until nothing is left. */
  async run(isOver = () => false) {
    await drained();
    while (!isOver()) {
      const event = this.#next();
      if (!event) return;
      this.steps += 1;
      this.#hash.update(`${this.now} ${event.label}\n`);
      if (this.#keep > 0) this.lines.push([this.now, event.label, "event"]);
      if (event.run() !== false) await drained();
    }
  }

  #next() {
    for (;;) {
      if (this.#due.length === 0) {
        const first = this.#later[0];
        if (!first) return undefined;
        if (first.isDead?.()) {
          pop(this.#later);
          continue;
        }
        this.now = Math.max(this.now, first.at);
        while (this.#later.length > 0 && this.#later[0].at <= this.now) this.#due.push(pop(this.#later));
      }
      const at = this.#random.below(this.#due.length);
      const event = this.#due[at];
      // The order of what is left is the seed's too, so the last one may take its place.
      const last = this.#due.pop();
      if (at < this.#due.length) this.#due[at] = last;
      if (!event.isDead?.()) return event;
    }
  }
}

const isBefore = (a, b) => a.at < b.at || (a.at === b.at && a.number < b.number);

function push(heap, event) {
  let at = heap.push(event) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(heap[at], heap[parent])) return;
    [heap[at], heap[parent]] = [heap[parent], heap[at]];
    at = parent;
  }
}

function pop(heap) {
  const first = heap[0];
  const last = heap.pop();
  if (heap.length === 0) return first;
  heap[0] = last;
  for (let at = 0; ; ) {
    const left = 2 * at + 1;
    if (left >= heap.length) return first;
    const right = left + 1;
    const least = right < heap.length && isBefore(heap[right], heap[left]) ? right : left;
    if (!isBefore(heap[least], heap[at])) return first;
    [heap[at], heap[least]] = [heap[least], heap[at]];
    at = least;
  }
}
