// Words in the page's language; without a page (in the unit tests) Chinese.
export const isEnglish = globalThis.document?.documentElement.lang === "en";
export const t = (zh, en) => (isEnglish ? en : zh);
export const quoted = (text) => t(`「${text}」`, `“${text}”`);
