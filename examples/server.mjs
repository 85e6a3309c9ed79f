// A server that leads a player's payer to the payment page: WORKER=https://pay.club.example SECRET=... node examples/server.mjs
// A form of your own site posts to /pay/{player_id}. By GET it would make an order for every preview bot. Who may pay for
// whom is for your log-in to say, before any of this.

import { createServer } from "node:http";

const { WORKER, SECRET, PORT = "3000" } = process.env;

createServer(async (request, response) => {
  const [, player] = /^\/pay\/([\w-]+)$/.exec(request.method === "POST" ? request.url : "") ?? [];
  if (!player) return response.writeHead(404).end();
  const headers = { authorization: `Bearer ${SECRET}`, "content-type": "application/json" };
  const answer = await fetch(`${WORKER}/checkout/players/${player}/sessions`, { method: "POST", headers, body: "{}" })
    .then(async (answer) => ({ status: answer.status, ...(await answer.json()) }))
    .catch(() => ({ status: 503, title: "Please try again in a moment", detail: "No money was taken." }));
  if (answer.url) return response.writeHead(303, { location: answer.url }).end();
  response.writeHead(answer.status, { "content-type": "text/plain; charset=utf-8" }).end(`${answer.title}\n${answer.detail}\n`);
}).listen(PORT, () => console.log(`listening on ${PORT}`));
