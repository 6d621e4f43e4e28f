// Countdowns tick: what is left counts on by working time. Nothing announces it; whoever reads the page hears how it stands.
import { $, all } from "../shared/find.js";
import { standing, windows } from "./spans.js";

const words = JSON.parse($("main[data-spans]")?.dataset.spans ?? "{}");
const begun = new WeakMap();
const STATES = ["ok", "risk", "late"];

function tick(one) {
  if (!begun.has(one)) begun.set(one, Date.now());
  const { left, total, now, spans } = one.dataset;
  // The server's clock, carried on: that of the machine may be wrong.
  const at = Number(now) + (Date.now() - begun.get(one));
  const here = standing(
    { left: Number(left), total: Number(total), now: Number(now), spans: windows(spans) },
    at,
    words,
  );
  const said = $("[data-count]", one),
    bar = $(".track i", one);
  if (said && said.textContent !== here.text) said.textContent = here.text;
  if (bar) bar.style.width = `${here.share}%`;
  const shown = one.classList.contains("count") ? one : one.parentElement;
  if (!STATES.some((name) => shown.classList.contains(name)) && !one.classList.contains("count")) return;
  for (const name of STATES) shown.classList.toggle(name, name === here.state);
}

export function tickAll() {
  if (!words.left) return;
  for (const one of all("[data-left][data-spans]")) tick(one);
}

tickAll();
setInterval(tickAll, 5000);
document.addEventListener("visibilitychange", () => document.hidden || tickAll());
document.addEventListener("clew:swapped", tickAll);
