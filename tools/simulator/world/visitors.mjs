// Who opens a link, as their requests look: browsers of people, and machines.

const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const chrome = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36";
const desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36";
const firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0";

const navigates = {
  accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
};
const LANGUAGES = ["en-US,en;q=0.9", "es-MX,es;q=0.9", "pt-BR,pt;q=0.9", "fr;q=0.8", "de-AT,de;q=0.7", "ja"];

/** A person's browser; the same device sends the same. */
export function device(random) {
  return {
    "user-agent": random.pick([safari, chrome, desktop, firefox]),
    ...navigates,
    "accept-language": random.weighted([[5, LANGUAGES[0]], ...LANGUAGES.slice(1).map((language) => [1, language])]),
    "cf-connecting-ip": random.pick(["203.0.113.5", "203.0.113.6", "2001:db8::7", "198.51.100.23"]),
  };
}

/** Programs that say that they are: they get the link page, and nothing else happens. */
const MACHINES = [
  "facebookexternalhit/1.1 Facebot Twitterbot/1.0",
  "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
  "WhatsApp/2.23.20.0",
  "curl/8.5.0",
  "python-requests/2.32",
];

/** A machine's visit: how it asks, and by which method. */
export function machine(random) {
  const address = { "cf-connecting-ip": "192.0.2.200" };
  return random.weighted([
    [5, { method: "GET", headers: { "user-agent": random.pick(MACHINES), accept: "*/*", ...address }, isPrefetch: false }],
    [2, { method: "HEAD", headers: { ...device(random), ...address }, isPrefetch: false }],
    [2, { method: "GET", headers: { ...device(random), "sec-purpose": "prefetch;prerender", ...address }, isPrefetch: true }],
    // A scanner behind a browser's words: nothing tells it but what it leaves out.
    [2, { method: "GET", headers: { "user-agent": desktop, accept: "*/*", ...address }, isPrefetch: false, isUnsure: true }],
  ]);
}
