// Backtests: the dates show when they are asked for; a running one says how far it is, how fast, and how long still.

(() => {
  const $ = (q, at = document) => at.querySelector(q);
  const form = $("[data-backtest]");
  if (form) {
    const dates = $("[data-dates]", form);
    const show = () => {
      const custom = form.elements.period.value === "custom";
      dates.hidden = !custom;
      dates.querySelectorAll("input").forEach((input) => {
        input.required = custom;
      });
    };
    form.addEventListener("change", show);
    show();
  }
  const later = $("[data-later]");
  if (later) {
    const from = document.getElementById(later.dataset.later);
    const show = () => {
      from.hidden = later.value !== "later";
    };
    later.addEventListener("change", show);
    show();
  }
  const box = $("[data-running]");
  if (!box) return;
  const bar = $("progress", box),
    done = $("[data-done]", box),
    words = $("[data-words]", box);
  const number = (n) => n.toLocaleString("en-US");
  const fill = (text, n) => text.replace("{n}", number(Math.max(1, Math.round(n))));
  let first = null;
  const look = async () => {
    let found;
    try {
      found = await (await fetch(box.dataset.running, { headers: { Accept: "application/json" } })).json();
    } catch {
      setTimeout(look, 3000);
      return;
    }
    if (!["queued", "running"].includes(found.state)) {
      location.reload();
      return;
    }
    const now = performance.now() / 1000;
    if (!first && found.done) first = { at: now, done: found.done };
    bar.max = found.total || 1;
    bar.value = found.done;
    done.textContent = number(found.done);
    const rate = first && now > first.at ? (found.done - first.done) / (now - first.at) : 0;
    if (found.state === "queued") words.textContent = box.dataset.queued;
    else if (found.done >= found.total) words.textContent = box.dataset.comparing;
    else if (rate > 0)
      words.textContent = `${fill(box.dataset.rate, rate)} · ${fill(box.dataset.left, (found.total - found.done) / rate)}`;
    setTimeout(look, 500);
  };
  look();
})();
