// Around the built Worker: Cloudflare Access, as a Worker has it in `ctx.access`, but for each request as the test says in its
// headers. A service token has no identity.

import worker from "./index.js";

function access(headers) {
  const aud = headers.get("test-access-aud");
  if (!aud) return undefined;
  return {
    aud,
    async getIdentity() {
      const identity = headers.get("test-access-identity");
      if (identity === "fails") throw new Error("the identity cannot be read");
      return identity ? JSON.parse(identity) : undefined;
    },
  };
}

export default {
  fetch(request, env, context) {
    const around = { waitUntil: (promise) => context.waitUntil(promise), access: access(request.headers) };
    return worker.fetch(request, env, around);
  },
  scheduled: (event, env, context) => worker.scheduled(event, env, context),
};
