// The club: its players and what each owes, as an import brings them.

import { Charge, Value, nameOf } from "./charges.mjs";
import { major } from "./desk.mjs";

/** The columns of an import that carry an old system's orders over. */
const ORDERS = ["order_id", "order_status", "order_created_at", "stripe_session_id"];
const KINDS = [[5, "first_payment"], [2, "custom"], [2, "monthly"]];

export class Club {
  players = [];
  charges = [];
  #named = new Map();
  /** Months that were taken back, or may have been. */
  #takenBack = new Set();
  /** Charges that a restored database has forgotten, by their names: what was paid for them is theirs if they come again. */
  #gone = new Map();
  #numbers = 0;

  constructor({ plan, random, now }) {
    for (let n = 1; n <= plan.players; n++) {
      const player = this.player(random, now);
      this.players.push(player);
      const charges = random.weighted([[5, 1], [2, 2]]);
      for (let of = 0; of < charges; of++) {
        const kind = random.weighted(KINDS);
        const period = kind === "monthly" ? "2026-03" : "";
        if (this.find(player.id, kind, period)) continue;
        const charge = this.add({ player, kind, period, minor: random.between(100, 25_000), currency: "usd", at: now });
        charge.tokens.push(`token-of-${player.id}-${kind}-${random.below(1e9)}`);
      }
    }
  }

  /** Somebody who is not in the club yet. */
  player(random, now) {
    const n = ++this.#numbers;
    return {
      id: `p${n}`,
      name: `Player ${n}`,
      email: random.chance(0.8) ? `parent-${n}@family.test` : "",
      language: random.weighted([[6, ""], [1, "es"], [1, "fr"], [1, "de"]]),
      fee: new Value(random.weighted([[1, 0], [3, 2_500], [1, 4_000]]), now),
      since: now,
    };
  }

  add(of) {
    const before = this.#gone.get(nameOf(of.player.id, of.kind, of.period));
    return this.adopt(before?.player === of.player ? before.again(of) : new Charge(of));
  }

  /** A charge is known from now on. Answers the one that is known already, if one of its name is. */
  adopt(charge) {
    const known = this.find(charge.player.id, charge.kind, charge.period);
    if (known) return known;
    if (charge.kind === "monthly" && this.#takenBack.has(charge.period)) charge.takeBack();
    this.charges.push(charge);
    this.#named.set(charge.name, charge);
    return charge;
  }

  /** A month is taken back: so are its charges that come to be known only now. */
  takesBack(period) {
    this.#takenBack.add(period);
    for (const charge of this.charges) if (charge.kind === "monthly" && charge.period === period) charge.takeBack();
  }

  /** What is known at this moment. */
  known() {
    return { players: this.players.length, charges: this.charges.map((charge) => [charge, charge.tokens.length]) };
  }

  /** All that came to be known since is forgotten. Answers which players that were, each with charges and the token of each. */
  forget({ players, charges }) {
    for (const [charge, tokens] of charges) charge.tokens.length = Math.min(charge.tokens.length, tokens);
    const gone = this.charges.splice(charges.length);
    for (const charge of gone) {
      this.#named.delete(charge.name);
      this.#gone.set(charge.name, charge);
    }
    const forgotten = this.players.splice(players).map((player) => ({
      player,
      charges: gone.filter((charge) => charge.player === player && charge.period === "" && charge.tokens.length > 0).map((charge) => ({ charge, token: charge.tokens[0] })),
    }));
    for (const charge of gone) Object.assign(charge, { id: undefined, tokens: [] });
    return forgotten;
  }

  find(player, kind, period) {
    return this.#named.get(nameOf(player, kind, period));
  }

  chargesOf(player) {
    return this.charges.filter((charge) => charge.player === player);
  }

  /** The lines of an import about these charges. `fee`: whether it has the column of fees; `orders`: those of an old system's orders. */
  csv(charges, { fee, orders = false }) {
    const columns = ["player_id", "player", "email", "language", "kind", "period", "amount", "currency", "token", ...(fee ? ["monthly_fee"] : []), ...(orders ? ORDERS : [])];
    const lines = charges.map(({ charge, minor, token }) => {
      const { player, kind, period, currency, tokens, old } = charge;
      const fees = fee ? [major(player.fee.possible(0).at(-1))] : [];
      const order = orders ? ORDERS.map((name) => old?.[name] ?? "") : [];
      return [player.id, player.name, player.email, player.language, kind, period, major(minor), currency, token ?? tokens[0] ?? "", ...fees, ...order].join(",");
    });
    return [columns.join(","), ...lines].join("\n");
  }
}
