// Words in the page's language; without a page (in the unit tests) Chinese.
export const isEnglish = globalThis.document?.documentElement.lang === "en";
export const t = (zh, en) => (isEnglish ? en : zh);
/** A number and its noun in English: 1 rule, 2,400 rules; `nouns` where it is not the noun with an s. */
export const nOf = (number, noun, nouns = `${noun}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? noun : nouns}`;
export const quoted = (text) => t(`「${text}」`, `“${text}”`);
