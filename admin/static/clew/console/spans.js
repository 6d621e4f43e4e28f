// Working time as it runs: what is left of a deadline, by the windows in which time counts, in the server's own words.

/** The windows of "begin-end begin-end", in ms since 1970. */
export const windows = (text) =>
  text
    .split(" ")
    .filter(Boolean)
    .map((one) => one.split("-").map(Number));

/** How much of the time from `from` to `to` lies within windows, in ms. */
export const worked = (spans, from, to) =>
  spans.reduce((sum, [begin, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(begin, from)), 0);

const MINUTE = 60_000;
const DAY = 450;
const put = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** A span of working minutes in words. */
export function span(minutes, words) {
  if (minutes < 60) return put(words.minutes, { minutes });
  if (minutes < DAY) {
    const hours = Math.floor(minutes / 60),
      rest = minutes % 60;
    return put(rest ? words.hours_minutes : words.hours, { hours, minutes: rest });
  }
  const days = Math.round((minutes / DAY) * 10) / 10;
  return put(days === 1 ? words.day : words.days, { days });
}

/** How a deadline stands: its state, its words, and the share of its time that is used up. */
export function standing({ left, total, now, spans }, at, words) {
  const rest = left - worked(spans, now, at);
  if (rest <= 0)
    return { state: "late", share: 100, text: put(words.late, { span: span(Math.floor(-rest / MINUTE), words) }) };
  const minutes = Math.floor(rest / MINUTE);
  const share = Math.max(0, Math.min(100, 100 - Math.round((100 * minutes) / total)));
  return { state: share > 50 ? "risk" : "ok", share, text: put(words.left, { span: span(minutes, words) }) };
}
