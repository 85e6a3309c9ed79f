// The module that the runtime starts: it brings up the Worker in wasm and hands it the events.
//
// The usual entry of workers-rs wraps each request in an entrypoint object and two proxies, which costs more
// than the whole of a machine's visit. What they are for is kept: after a panic or a trap nothing of the
// instance can be trusted, so the next event gets a new one.

import module from "./checkout_guard_bg.wasm";
import * as worker from "./checkout_guard.js";
import { Lost, constant, lose, opening, watch } from "./runtime.js";

worker.initSync({ module });
// The panic hook of the worker crate sets `criticalError`.
const state = worker.__worker_init_state();

/** Whether an exception says that the instance stopped in the middle of something. A stack overflow is a RangeError. */
const isTrap = (error) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;

/** Takes note of a trap, wherever it came out. Nobody waits for the instance any longer. */
function trapped(error) {
  if (!isTrap(error)) return;
  state.criticalError = true;
  console.error(JSON.stringify({ fault: "trap", detail: String(error.message) }));
  lose();
}

function renew() {
  lose();
  worker.__wbg_reset_state();
  state.criticalError = false;
}

/** What a request gets whose instance was lost: a new instance's word that it should be made again. */
function again(error, request, said, env) {
  trapped(error);
  if (!isTrap(error) && !(error instanceof Lost)) throw error;
  if (state.criticalError) renew();
  try {
    return worker.again(request, said, env);
  } catch (another) {
    trapped(another);
    throw another;
  }
}

// After the first await a task goes on in a callback of a promise, which nothing called that could catch its trap.
watch(trapped);
// These are for traps that come out anywhere else: in a promise's callback, and in a microtask.
addEventListener("unhandledrejection", (event) => trapped(event.reason));
addEventListener("error", (event) => trapped(event.error));

export default {
  fetch(request, env, context) {
    if (state.criticalError) renew();
    const said = opening(request);
    try {
      const number = worker.glance(said);
      if (number >= 0) return constant(number);
      const answer = worker.fetch(request, said, env, context);
      return answer instanceof Promise ? answer.catch((error) => again(error, request, said, env)) : answer;
    } catch (error) {
      return again(error, request, said, env);
    }
  },
  async scheduled(event, env, context) {
    if (state.criticalError) renew();
    try {
      await worker.scheduled(event, env, context);
    } catch (error) {
      trapped(error);
      throw error;
    }
  },
};
