// An undo of many effects: it goes on in steps, and can be stopped and taken up again.
import { fill } from "../shared/fill.js";
import { $ } from "../shared/find.js";
import { pace } from "./pace.js";

export function follow(undo) {
  const bar = $("progress", undo),
    far = $("[data-far]", undo),
    stop = $("[data-stop]", undo),
    on = $("[data-on]", undo);
  let start = 0,
    going = false;

  const step = async () => {
    const body = new URLSearchParams({ start: String(start), csrf_token: undo.dataset.csrf });
    const answer = await fetch(undo.dataset.undo, { method: "POST", body });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error);
    return said;
  };
  /** Steps until it is stopped; true once all is done. */
  const steps = async () => {
    const began = performance.now(),
      from = start;
    while (going) {
      const said = await step();
      start = said.done;
      bar.value = said.done;
      const { words, rate } = undo.dataset;
      far.textContent = `${fill(words, said)} · ${fill(rate, pace(said, from, performance.now() - began))}`;
      if (said.done >= said.all) return true;
    }
    far.textContent += ` · ${undo.dataset.stopped}`;
    return false;
  };
  const run = async () => {
    going = true;
    stop.hidden = false;
    on.hidden = true;
    try {
      if (await steps()) {
        location.reload();
        return;
      }
    } catch (error) {
      far.textContent = undo.dataset.failedWords + error.message;
    }
    going = false;
    stop.hidden = true;
    on.hidden = false;
    on.focus();
  };
  stop.addEventListener("click", () => {
    going = false;
  });
  on.addEventListener("click", run);
  run();
}
