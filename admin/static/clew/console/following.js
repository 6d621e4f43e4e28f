// When a page asks again whether something changed. Knows nothing of the page.

export const EVERY = 12_000;
const LONGEST = 120_000;

/** How long to wait: a little more or less each time, so that many pages don't ask at once; longer after failures. */
export const pause = (failures, random = Math.random()) =>
  Math.min(LONGEST, EVERY * 2 ** failures) * (0.8 + 0.4 * random);

/** The rows, by address, that are in a fresh list and not in the one shown. */
export const added = (shown, fresh) => fresh.filter((one) => !shown.includes(one));
