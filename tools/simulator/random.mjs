// The only source of chance: whatever is drawn anywhere comes from the seed.

/** Mixes a text into 32 bits (FNV-1a), so that each part of a world has a generator of its own. */
function mixed(seed, text) {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}

/** A generator (Mulberry32). Two with the same seed draw the same. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed | 0;
  }

  /** A generator for a part: what else is drawn elsewhere changes nothing in it. */
  static of(seed, part) {
    return new Random(mixed(seed, part));
  }

  /** From 0 to below 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to below the bound. */
  below(bound) {
    return Math.floor(this.next() * bound);
  }

  /** An integer between both, which it may be. */
  between(least, most) {
    return least + this.below(most - least + 1);
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** One of a list; nothing of an empty one. */
  pick(list) {
    return list[this.below(list.length)];
  }

  /** One of `[weight, value]` pairs. */
  weighted(pairs) {
    let at = this.next() * pairs.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of pairs) {
      at -= weight;
      if (at < 0) return value;
    }
    return pairs.at(-1)[1];
  }

  bytes(into) {
    for (let at = 0; at < into.length; at++) into[at] = this.below(256);
    return into;
  }
}
