// Backtests: the dates show when they are asked for; a running one says how far it is.
import { $, all } from "../shared/find.js";
import { number, progress, told } from "./progress.js";

const periods = (form) => {
  const dates = $("[data-dates]", form);
  const show = () => {
    const custom = form.elements.period.value === "custom";
    dates.hidden = !custom;
    for (const input of all("input", dates)) input.required = custom;
  };
  form.addEventListener("change", show);
  show();
};
const laterOnly = (select) => {
  const from = document.getElementById(select.dataset.later);
  const show = () => {
    from.hidden = select.value !== "later";
  };
  select.addEventListener("change", show);
  show();
};

const follow = (box) => {
  const bar = $("progress", box),
    words = $("[data-words]", box);
  let first = null;
  const show = (found) => {
    const now = performance.now() / 1000;
    if (found.done) first ??= { at: now, done: found.done };
    bar.max = found.total || 1;
    bar.value = found.done;
    $("[data-done]", box).textContent = number(found.done);
    const { phase, rate, left } = progress(found, first, now);
    const { dataset } = box;
    if (phase === "running") words.textContent = `${told(dataset.rate, rate)} · ${told(dataset.left, left)}`;
    else if (phase !== "starting") words.textContent = dataset[phase];
  };
  const look = async () => {
    try {
      const found = await (await fetch(box.dataset.running, { headers: { Accept: "application/json" } })).json();
      if (!["queued", "running"].includes(found.state)) {
        location.reload();
        return;
      }
      show(found);
      setTimeout(look, 500);
    } catch {
      setTimeout(look, 3000);
    }
  };
  look();
};

const onPage = { "[data-backtest]": periods, "[data-later]": laterOnly, "[data-running]": follow };
for (const [where, begin] of Object.entries(onPage)) {
  const found = $(where);
  if (found) begin(found);
}
