// What the simulator has found, as the worlds in which it was: run before any others. A world is drawn by the simulator's code, so a seed may
// be another world after that code has changed. What was mended has a test of its own beside it, in tests/.

/** `[what was wrong, the seed, changes of its plan]`. */
export const REGRESSIONS = [
  ["a selection with a payer who has still to act could not be sent emails", 22, {}],
  ["a net below nothing was a text in the exports", 100, {}],
  ["a run of the cron sent alerts beyond its budget", 182, {}],
];
