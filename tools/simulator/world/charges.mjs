// What the world itself knows of who owes what: from the requests that it made, never from the Worker's database. A request whose
// answer was lost may or may not have changed something; then both count as possible.

/** A value that requests change: which values it may have had within a span of time. */
export class Value {
  #changes = [];

  constructor(value, at) {
    this.#changes.push({ value, from: at, sure: at });
  }

  /** A request begins that would change it. Call the result with the time at which its success was certain, if it ever is. */
  changing(value, at) {
    const change = { value, from: at, sure: Infinity };
    this.#changes.push(change);
    return {
      done: (now) => (change.sure = now),
      undone: () => this.#changes.splice(this.#changes.indexOf(change), 1),
    };
  }

  /** Every value that it may have had between both times. */
  possible(from, to = from) {
    const certain = this.#changes.filter(({ sure }) => sure <= from);
    // Of those that were certain by then, one is the newest; it is that, or any that overlapped with it. Two that began and ended
    // in one instant came in either order.
    const newest = certain.reduce((last, change) => (change.sure > last.sure ? change : last), this.#changes[0]);
    return this.#changes.filter((change) => change === newest || (change.from <= to && change.sure >= newest.from)).map(({ value }) => value);
  }
}

/** A charge, as the world knows it. */
export class Charge {
  constructor({ player, kind, period, minor, currency, at }) {
    Object.assign(this, { player, kind, period, currency, created: at });
    this.amount = new Value(minor, at);
    this.closed = new Value(false, at);
    /** Tokens of links that lead to it, as they became known: by an import, by an email, at the desk. */
    this.tokens = [];
    /** Offline payments that were recorded, or may have been: `{ minor, from, sure }`. */
    this.offline = [];
    /** Sessions that an answer led somebody to. */
    this.handed = new Set();
    /** Whether somebody reopened it, or tried to. */
    this.reopened = [];
    /** The newest that Stripe, or a payer's page, has been told was heard: when the Worker knew that it was paid. */
    this.paidKnownAt = Infinity;
  }

  /** It was forgotten, and is made once more. */
  again({ minor, at }) {
    this.amount = new Value(minor, at);
    this.closed = new Value(false, at);
    this.id = undefined;
    return this;
  }

  /** Whether it is closed, and what it comes to if its month is opened again, only the desk knows from now on. */
  takeBack() {
    Object.assign(this, { isTakenBack: true, touched: Infinity });
  }

  get name() {
    return nameOf(this.player.id, this.kind, this.period);
  }
}

export const nameOf = (player, kind, period) => `${player}/${kind}/${period ?? ""}`;
