// The module that the runtime starts: it brings up the Worker in wasm and hands it the events.
//
// The usual entry of workers-rs wraps each request in an entrypoint object and two proxies, which costs more
// than the whole of a machine's visit. What they are for is kept: after a panic or a trap nothing of the
// instance can be trusted, so the next event gets a new one.

import module from "./checkout_guard_bg.wasm";
import * as worker from "./checkout_guard.js";
import { constant, opening } from "./glue.js";

worker.initSync({ module });
// The panic hook of the worker crate sets `criticalError`.
const state = worker.__worker_init_state();

function trapped(error) {
  if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) state.criticalError = true;
}

function renew() {
  worker.__wbg_reset_state();
  state.criticalError = false;
}

// A panic after the first await does not come back through the call that began it.
addEventListener("error", (event) => trapped(event.error));

export default {
  fetch(request, env, context) {
    if (state.criticalError) renew();
    try {
      const said = opening(request);
      const number = worker.glance(said);
      return number < 0 ? worker.fetch(request, said, env, context) : constant(number);
    } catch (error) {
      trapped(error);
      throw error;
    }
  },
  scheduled(event, env, context) {
    if (state.criticalError) renew();
    return worker.scheduled(event, env, context);
  },
};
