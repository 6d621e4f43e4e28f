// Windows of a day, as text and as minutes since midnight; what moving and stretching them makes of them.
export const DAY = 1440;
export const STEP = 15;
const WRITTEN = /(\d{1,2})[:：](\d{2})\s*[-–—~至]\s*(\d{1,2})[:：](\d{2})/g;

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

/** The windows that a text speaks of, in order; an end before the beginning lies on the next day. */
export const read = (text) => {
  const found = [];
  for (const [, h1, m1, h2, m2] of text.matchAll(WRITTEN)) {
    const start = +h1 * 60 + +m1,
      end = +h2 * 60 + +m2;
    if (start >= DAY || end > DAY || start === end) continue;
    found.push({ start, end: end > start ? end : end + DAY });
  }
  return found.sort((a, b) => a.start - b.start);
};

/** The text that the server reads back into the same windows. */
export const written = (windows) =>
  windows.map(({ start, end }) => `${clock(start)}-${clock(end > DAY ? end - DAY : end)}`).join(", ");

const fits = (windows, at, one) =>
  one.start >= 0 &&
  one.start < DAY &&
  one.end > one.start &&
  one.end - one.start <= DAY &&
  (at === 0 || windows[at - 1].end <= one.start) &&
  (at === windows.length - 1 || one.end <= windows[at + 1].start);

/** A window with an edge (or both) moved by so many minutes; the same windows where that would not fit. */
export const moved = (windows, at, by, edge = "both") => {
  const old = windows[at];
  const one = {
    start: old.start + (edge === "end" ? 0 : by),
    end: old.end + (edge === "start" ? 0 : by),
  };
  return fits(windows, at, one) ? windows.map((other, n) => (n === at ? one : other)) : windows;
};

/** So many minutes, rounded to what a step is. */
export const stepped = (minutes) => Math.round(minutes / STEP) * STEP;

/** What a window is called on its bar: 9–12, 20–次日 2. */
export const called = ({ start, end }, next) => {
  const hour = (minute) => (minute % 60 ? `${Math.floor(minute / 60)}:${clock(minute).slice(3)}` : `${minute / 60}`);
  return `${hour(start)}–${end > DAY ? next.replace("{}", hour(end - DAY)) : hour(end)}`;
};
