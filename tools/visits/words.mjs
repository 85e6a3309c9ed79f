// A User-Agent's words and the names among them, by the rules of src/classifier/word.rs.

/** What a word is made of, and what it begins with: a plus joins within a word only. */
const WORD = /[a-z0-9\-_.@!%\u0080-\u{10ffff}][a-z0-9\-_.@!%+\u0080-\u{10ffff}]*/gu;

/** Every text by which the tables may know a User-Agent's words: the word, and its letters up to the first other sign. */
export function names(agent) {
  const texts = new Set();
  for (const [word] of agent.toLowerCase().matchAll(WORD)) {
    texts.add(word);
    const head = /^[a-z]*/.exec(word)[0];
    if (head.length >= 3) texts.add(head);
  }
  return texts;
}
