// How fast work goes on, and how many seconds it still takes: of the whole, and since it was taken up.
export function pace({ done, all }, from, milliseconds) {
  const seconds = Math.max(0.1, milliseconds / 1000),
    rate = Math.max(1, Math.round((done - from) / seconds));
  return { rate, left: Math.ceil((all - done) / rate) };
}
