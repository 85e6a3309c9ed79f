// Asks checkout-guard for the payment page of a link's token and leads the person there, or says why there is none.
//
// The token is typed in, or stands in this page's address behind a #, as in /pay/#token=...: browsers send that part to
// no server. Nothing is asked before the person presses the button, so a preview bot or a prefetch creates no order.

const worker = document.querySelector('meta[name="checkout-guard"]').content;
const form = document.querySelector("form");
const button = form.querySelector("button");
const said = document.querySelector('[role="status"]');

/** What an answer means, by its `code`, which stays the same. A new code means what its status means. */
const MEANING = {
  already_paid: "This is paid. You need not do anything.",
  refunded: "This was paid back. Please ask us before you pay again.",
  processing: "Your payment is on its way. Please do not pay again.",
  action_required: "There is one more step for you. Please do not pay again.",
  nothing_to_pay: "This costs you nothing. You need not do anything.",
  charge_closed: "Nothing is to be paid here any more. Please ask us if you think otherwise.",
  404: "We do not know this code. Please copy all of it from our email.",
  409: "Nothing is to be paid right now.",
  410: "This code is no longer valid. Please ask us for a new one.",
  other: "This does not work at the moment. No money was taken. Please try again in a few minutes.",
};

function say(words, detail = "") {
  said.replaceChildren(...[words, detail].filter(Boolean).map((text) => Object.assign(document.createElement("p"), { textContent: text })));
}

/** The payment page; undefined if there is none, which the person is told. */
async function paymentPage(token) {
  const answer = await fetch(`${worker}/checkout/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  const { url, code, detail } = await answer.json();
  if (answer.ok) return url;
  say(MEANING[code] ?? MEANING[answer.status] ?? MEANING.other, answer.status === 409 ? detail : "");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  say("One moment …");
  // Without an answer, or with one that is not the Worker's, nothing is known but that no money was taken.
  const url = await paymentPage(form.elements.token.value.trim()).catch(() => say(MEANING.other));
  if (url) location.assign(url);
  else button.disabled = false;
});

// Who comes back by the browser's button finds the page as they left it.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  button.disabled = false;
  say("");
});

const inTheAddress = () => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) form.elements.token.value = token;
};
addEventListener("hashchange", inTheAddress);
inTheAddress();
say("");
