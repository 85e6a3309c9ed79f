// The club: its players and what each owes, as an import brings them.

import { Charge, Value, nameOf } from "./charges.mjs";
import { major } from "./desk.mjs";

const KINDS = [[5, "first_payment"], [2, "custom"], [2, "monthly"]];

export class Club {
  players = [];
  charges = [];
  #named = new Map();

  constructor({ plan, random, now }) {
    for (let n = 1; n <= plan.players; n++) {
      const player = {
        id: `p${n}`,
        name: `Player ${n}`,
        email: random.chance(0.8) ? `parent-${n}@family.test` : "",
        language: random.weighted([[6, ""], [1, "es"], [1, "fr"], [1, "de"]]),
        fee: new Value(random.weighted([[1, 0], [3, 2_500], [1, 4_000]]), now),
      };
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

  add(of) {
    const charge = new Charge(of);
    this.charges.push(charge);
    this.#named.set(charge.name, charge);
    return charge;
  }

  find(player, kind, period) {
    return this.#named.get(nameOf(player, kind, period));
  }

  chargesOf(player) {
    return this.charges.filter((charge) => charge.player === player);
  }

  /** The lines of an import about these charges. `fee`: whether it has the column of fees. */
  csv(charges, { fee }) {
    const columns = ["player_id", "player", "email", "language", "kind", "period", "amount", "currency", "token", ...(fee ? ["monthly_fee"] : [])];
    const lines = charges.map(({ charge, minor }) => {
      const { player, kind, period, currency, tokens } = charge;
      return [player.id, player.name, player.email, player.language, kind, period, major(minor), currency, tokens[0] ?? "", ...(fee ? [major(player.fee.possible(0).at(-1))] : [])].join(",");
    });
    return [columns.join(","), ...lines].join("\n");
  }
}
