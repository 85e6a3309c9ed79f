// What many seeds together have seen: for the report, and so that nobody takes a simulator for thorough which never gets to the places that
// matter.

export class Tally {
  seeds = 0;
  requests = 0;
  runs = 0;
  milliseconds = 0;
  /** Counts by what they count, then by name. */
  counts = { spans: {}, statuses: {}, faults: {}, answers: {}, acts: {}, incidents: {}, events: {}, rows: {}, explained: {}, emails: {}, canceled: {}, actors: {}, statements: {} };

  add(of, name, count = 1) {
    this.counts[of][name] = (this.counts[of][name] ?? 0) + count;
  }

  /** What a world has seen. */
  of({ plan, world }) {
    this.seeds = 1;
    this.requests = world.requests;
    this.runs = world.cron.runs;
    this.milliseconds = world.now - plan.start;
    this.add("spans", plan.span);
    for (const { kind } of plan.actors) this.add("actors", kind);
    for (const [text, count] of world.store.counted()) this.add("statements", text, count);
    for (const [status, count] of Object.entries(world.checker.statuses)) this.add("statuses", status, count);
    for (const [kind, count] of Object.entries(world.trouble.counts)) this.add("faults", kind, count);
    for (const line of world.host.log) {
      const answer = /"answer":"(\w+)"/.exec(line)?.[1];
      if (answer) this.add("answers", answer);
    }
    for (const [of, seen] of Object.entries(world.checker.seen)) for (const [name, count] of Object.entries(seen)) this.add(of, name, count);
    return this;
  }

  /** Adds another. */
  merge({ seeds, requests, runs, milliseconds, counts }) {
    this.seeds += seeds;
    this.requests += requests;
    this.runs += runs;
    this.milliseconds += milliseconds;
    for (const [of, names] of Object.entries(counts)) for (const [name, count] of Object.entries(names)) this.add(of, name, count);
  }

  get years() {
    return this.milliseconds / (365.25 * 24 * 3_600_000);
  }
}
