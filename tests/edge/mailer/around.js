// Around the built Worker: a binding that emails are sent by, whose other side is the test. Cloudflare docs, "Workers API"
// of the Email Service: a refusal is an Error with a `code`.

import worker from "./index.js";

const bound = (env) => ({
  ...env,
  EMAIL: {
    async send(message) {
      const answer = await fetch(env.TEST_MAIL_SERVICE, { method: "POST", body: JSON.stringify(message) });
      const text = await answer.text();
      if (!answer.ok) throw Object.assign(new Error("refused"), { code: text });
      return { messageId: text };
    },
  },
});

export default {
  fetch: (request, env, context) => worker.fetch(request, bound(env), context),
  scheduled: (event, env, context) => worker.scheduled(event, bound(env), context),
};
