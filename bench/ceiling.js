// The ceiling: what any Worker could at best do for a machine and for a prefetch. The page and its
// headers are constants, and nothing of a request is looked at but the one header that tells them apart.

import { Pages } from "./peer/pages.js";

const pages = new Pages({
  CLUB_NAME: "Example Youth Club",
  CLUB_CONTACT: "treasurer@club.example",
  PUBLIC_ORIGIN: "https://pay.club.example",
  STRIPE_CHECKOUT_HOSTS: "http://localhost:1",
});
const linkPage = { headers: pages.headers };
const prefetch = { status: 503, headers: { ...pages.headers, "retry-after": "1" } };

export default {
  fetch(request) {
    return request.headers.get("sec-purpose") === null
      ? new Response(pages.linkPage, linkPage)
      : new Response(pages.prefetch, prefetch);
  },
};
