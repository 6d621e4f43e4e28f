// What publishing would touch: asked of the server as the form changes, and what still keeps the button grey.
import { fill } from "../shared/fill.js";
import { $, all } from "../shared/find.js";

const WAIT = 300;
const AGAIN = 3000;

/** Show the answers given so far beside each thing that is touched. */
function mark(box) {
  for (const select of all("[data-answer]", box)) {
    const touch = select.closest(".touch");
    $("[data-state]", touch).hidden = Boolean(select.value);
    $("[data-state-done]", touch).hidden = !select.value;
  }
}

/** Watch a form: `body()` returns what to send; `status(box)` says in words what keeps it from being published, or "". */
export function watch({ form, box, button, note, body, status }) {
  let waiting = 0;
  let asked = 0;
  let sent = false;
  const settle = () => {
    if (sent) return;
    mark(box);
    const words = status(box);
    button.setAttribute("aria-disabled", String(words !== ""));
    note.textContent = words;
  };
  const ask = async () => {
    const mine = ++asked;
    const answer = await fetch(form.dataset.impact, { method: "POST", body: body() });
    if (mine !== asked || !answer.ok) return;
    const fresh = await answer.text();
    // What was answered while the server was asked is kept, too.
    const answers = new Map(all("[data-answer]", box).map((one) => [one.name, one.value]));
    const typed = $("[data-typed]", box)?.value ?? "";
    box.innerHTML = fresh;
    for (const one of all("[data-answer]", box)) {
      const before = answers.get(one.name);
      if (before && all("option", one).some((option) => option.value === before)) one.value = before;
    }
    if (typed && $("[data-typed]", box)) $("[data-typed]", box).value = typed;
    settle();
  };
  const changed = () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT);
    settle();
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  for (const event of ["input", "change"]) box.addEventListener(event, settle);
  form.addEventListener("submit", (event) => {
    settle();
    if (sent || button.getAttribute("aria-disabled") === "true") return event.preventDefault();
    // While many records are moved, the box shows how many are left.
    sent = true;
    button.setAttribute("aria-disabled", "true");
    note.textContent = note.dataset.busy;
    setInterval(ask, AGAIN);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // Back from the next page: what was sent is not sent again.
  });
  settle();
  ask();
  return changed;
}

/** How many questions in the box are still open. */
export const openIn = (box) => all("[data-answer]", box).filter((one) => !one.value).length;
export const said = (words, values) => fill(words, values);
