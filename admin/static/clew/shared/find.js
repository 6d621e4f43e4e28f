// Elements of the page, by selector.
export const $ = (q, at = document) => at.querySelector(q);
export const all = (q, at = document) => [...at.querySelectorAll(q)];
