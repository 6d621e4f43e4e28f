// How far a running backtest is, how fast, and how long still.

/** `first` is where counting began ({ at, done }, seconds), null before anything is done. */
export function progress({ state, done, total }, first, now) {
  if (state === "queued") return { phase: "queued" };
  if (done >= total) return { phase: "comparing" };
  const rate = first && now > first.at ? (done - first.done) / (now - first.at) : 0;
  return rate > 0 ? { phase: "running", rate, left: (total - done) / rate } : { phase: "starting" };
}

export const number = (n) => n.toLocaleString("en-US");
/** The words with a figure of at least one in them. */
export const told = (words, n) => words.replace("{n}", number(Math.max(1, Math.round(n))));
