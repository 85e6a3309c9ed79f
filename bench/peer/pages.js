// The pages in English and their headers: the same text, look and size as those of the Worker that it is compared with.

import css from "./style.css";

// Of style.css, for the security policy; the bench's own check would notice if it were another's.
const STYLE_HASH = "sha256-K6cQuBxbfQrf+dNg1VfoVC1xc75Ky3VCxrUit5SDJl0=";

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text) => String(text).replace(/[&<>"']/g, (character) => ESCAPES[character]);

const svg = (lines) => `<svg viewBox="0 0 24 24" aria-hidden="true">${lines}</svg>`;
const CARD = svg('<rect x="2" y="4.5" width="20" height="15" rx="2.5"/><path d="M2 9.5h20M6 15h4"/>');
const CHECK = svg('<circle cx="12" cy="12" r="10"/><path d="M7.5 12.5l3 3 6-6.5"/>');
const CLOCK = svg('<circle cx="12" cy="12" r="10"/><path d="M12 6.5V12l3.5 2.5"/>');
const NOTICE = svg('<circle cx="12" cy="12" r="10"/><path d="M12 11v5.5M12 7.5v.01"/>');

const button = (label) => `<form method="post"><button type="submit">${label}</button></form>`;

const MONTHS = "January February March April May June July August September October November December".split(" ");

/** `November 23, 2026` (UTC). */
function date(ms) {
  const at = new Date(ms);
  return `${MONTHS[at.getUTCMonth()]} ${at.getUTCDate()}, ${at.getUTCFullYear()}`;
}

// Of Stripe's currencies, those that are not in hundredths.
const DECIMALS = new Map([["bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf", 0], ["bhd jod kwd omr tnd", 3]]
  .flatMap(([codes, decimals]) => codes.split(" ").map((code) => [code, decimals])));

const SYMBOLS = { usd: "$", eur: "€", gbp: "£", brl: "R$", jpy: "¥" };

/** `$1,350.00`, `KWD 1,234.500`. */
function money(minor, currency) {
  const decimals = DECIMALS.get(currency) ?? 2;
  const [units, fraction] = (minor / 10 ** decimals).toFixed(decimals).split(".");
  const amount = units.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
  return (SYMBOLS[currency] ?? `${currency.toUpperCase()}\u{a0}`) + amount;
}

const reference = (order) => `<dl><div><dt>Reference</dt><dd>${order}</dd></div></dl>`;

/** Each answer's status, code, icon and text; `action` is what a person can do there. */
export const ANSWERS = {
  pay: () => ({
    status: 307, icon: CARD, title: "On to the payment", detail: "Your browser takes you to the payment page.",
  }),
  unknown_link: () => ({
    status: 404, icon: NOTICE, title: "We do not know this link",
    detail: "Part of it may have been lost on the way. Please open the link in the email again, or copy all of it.",
  }),
  link_expired: () => gone("It has expired. Please ask us for a new one."),
  link_revoked: () => gone("It was withdrawn. Please ask us for a new one."),
  charge_closed: () => gone("This payment is no longer expected. Please ask us if you think that something is still to be paid."),
  nothing_to_pay: () => ({
    status: 200, icon: CHECK, title: "Nothing to pay", detail: "This costs you nothing, so there is nothing for you to do.",
  }),
  already_paid: ({ order, at, minor, currency, receipt }) => ({
    status: 409, icon: CHECK, title: "Already paid",
    detail: `Thank you. We received ${money(minor, currency)} on ${date(at)}. There is nothing left to pay here.`,
    facts: reference(order),
    action: receipt?.startsWith("https://")
      ? `<p><a class="button" href="${escape(receipt)}" rel="noreferrer">Show the receipt</a></p>`
      : "",
  }),
  refunded: ({ order, at, minor, currency, byBank }) => ({
    facts: reference(order),
    status: 409, icon: NOTICE, title: byBank ? "Your bank took the payment back" : "Refunded",
    detail: byBank
      ? `Your bank returned ${money(minor, currency)} to you on ${date(at)}. Please ask us before you pay again.`
      : `Your payment of ${money(minor, currency)} was refunded on ${date(at)}. Please ask us before you pay again.`,
  }),
  processing: () => ({
    status: 409, icon: CLOCK, title: "Your bank is processing the payment",
    detail: "Your payment is on its way. This usually takes up to five business days. Please do not pay again: we will tell you if it does not arrive.",
  }),
  action_required: ({ page }) => ({
    status: 409, icon: NOTICE, title: "Your payment is not finished yet",
    detail: "There is one more step for you: confirm your bank account, or pay with the voucher. Stripe has sent you an email about it. Please do not start a second payment.",
    action: page?.startsWith("https://")
      ? `<p><a class="button" href="${escape(page)}" rel="noreferrer">Finish the payment</a></p>`
      : "",
  }),
  try_again: ({ seconds = 5 }) => ({
    status: 503, icon: CLOCK, title: "Please try again in a moment", headers: { "retry-after": String(seconds) },
    detail: "Something on our side did not respond in time. No money was taken.", action: button("Try again"),
  }),
  too_many_clicks: () => ({
    status: 429, code: "too_many_tries", icon: CLOCK, title: "Please try again in a moment", headers: { "retry-after": "10" },
    detail: "This link was opened too many times just now. No money was taken.", action: button("Try again"),
  }),
  prefetch: () => ({
    status: 503, icon: CARD, title: "Ready when you are", headers: { "retry-after": "1" },
    detail: "Your browser opened this link ahead of time. Press the button to go on.", action: button("Continue to payment"),
  }),
  no_such_page: () => ({
    status: 404, icon: NOTICE, title: "There is no page here", detail: "Please open the link in the email again.",
  }),
  too_many_tries: () => ({
    status: 429, icon: NOTICE, title: "Too many tries", headers: { "retry-after": "60" },
    detail: "Please wait a minute, and then open the link in the email again.",
  }),
};

const gone = (detail) => ({ status: 410, icon: NOTICE, title: "This link is no longer valid", detail });

/** What a configuration decides of every page, made once. */
export class Pages {
  constructor({ CLUB_NAME, CLUB_CONTACT, PUBLIC_ORIGIN, STRIPE_CHECKOUT_HOSTS }) {
    const hosts = STRIPE_CHECKOUT_HOSTS.split(",").map((host) => (host.includes("://") ? host : `https://${host}`));
    this.club = escape(CLUB_NAME);
    this.contact = CLUB_CONTACT.includes("@")
      ? `<a href="mailto:${escape(CLUB_CONTACT)}">${escape(CLUB_CONTACT)}</a>`
      : escape(CLUB_CONTACT);
    this.headers = {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        `default-src 'none'; style-src '${STYLE_HASH}'; img-src 'self'; form-action 'self' ${hosts.join(" ")}; ` +
        "base-uri 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-robots-tag": "noindex",
    };
    this.inEnglish = { ...this.headers, "content-language": "en" };
    this.byLanguage = { ...this.inEnglish, vary: "Accept-Language" };
    this.linkPage = this.#document(`Payment to ${this.club}`, this.#preview(PUBLIC_ORIGIN), this.#linkCard());
    this.prefetch = this.page(ANSWERS.prefetch());
  }

  page({ icon, title, detail, facts = "", action = "" }) {
    const card = `${icon}<h1>${escape(title)}</h1><p>${escape(detail)}</p>${facts}${action}`;
    return this.#document(`${escape(title)} · ${this.club}`, "", card);
  }

  #document(title, head, card) {
    return (
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
      '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">' +
      `${head}<link rel="icon" type="image/png" sizes="180x180" href="/icon.png"><link rel="apple-touch-icon" href="/icon.png">` +
      `<meta name="theme-color" content="#0b5c8a"><style>${css}</style></head><body><header><p>${this.club}</p></header>` +
      `<main><div class="card">${card}</div></main><footer><p>Questions? ${this.contact}</p></footer></body></html>`
    );
  }

  #linkCard() {
    return (
      `${CARD}<h1>Your payment to ${this.club}</h1><p>One more tap takes you to the secure payment page at Stripe. ` +
      `You see the amount there before you pay.</p>${button("Continue to payment")}`
    );
  }

  #preview(origin) {
    const title = `Payment to ${this.club}`;
    const what = "See the amount and pay securely with Stripe.";
    const image = `${escape(origin)}/link.png`;
    const named = [["description", what], ["twitter:card", "summary_large_image"], ["twitter:title", title],
      ["twitter:description", what], ["twitter:image", image], ["twitter:image:alt", "A payment card with a padlock"]];
    const properties = [["og:title", title], ["og:description", what], ["og:site_name", this.club], ["og:type", "website"],
      ["og:locale", "en_US"], ["og:image", image], ["og:image:type", "image/png"], ["og:image:width", "1200"],
      ["og:image:height", "630"], ["og:image:alt", "A payment card with a padlock"]];
    const meta = (kind) => ([name, content]) => `<meta ${kind}="${name}" content="${content}">`;
    return named.map(meta("name")).join("") + properties.map(meta("property")).join("");
  }
}
