// People: the tree by arrow keys, and the drawer whose preview follows the choices.
import { $, all } from "../shared/find.js";
import { walk } from "./folds.js";

const tree = $("[data-tree]");
if (tree) walk(tree);

const named = (form) => {
  const input = $("[data-typed-name]", form);
  const button = $("button[type=submit]", form);
  const note = $("[data-why-not]", form);
  const check = () => {
    const state = $("[data-state]", form);
    const open = Number(state?.dataset.openRows ?? 0);
    const right = input.value.trim() === form.dataset.typed;
    button.setAttribute("aria-disabled", String(open > 0 || !right));
    if (state) button.textContent = state.dataset.label;
    if (note) note.textContent = open ? note.dataset.open : right ? note.dataset.ready : note.dataset.name;
  };
  form.addEventListener("input", check);
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("aria-busy")) {
      event.preventDefault(); // It is on its way: once is enough.
      return;
    }
    check();
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      input.focus();
      return;
    }
    form.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.busy) button.textContent = button.dataset.busy;
  });
  addEventListener("pageshow", () => {
    form.removeAttribute("aria-busy"); // Back from what came of it.
    check();
  });
  check();
  return check;
};

const drawer = $("[data-leave]");
for (const form of all("form[data-typed]")) {
  const check = named(form);
  if (drawer?.contains(form)) follow(drawer, check);
}

/** Fetches the preview anew whenever a choice changes; the last choice made counts. */
function follow(aside, check) {
  const plan = $("[data-plan]", aside);
  let turn = 0;
  const load = async (changed) => {
    const mine = ++turn;
    const asked = new URLSearchParams({ part: "1" });
    for (const select of all("[data-how]", aside)) asked.set(select.name, select.value);
    plan.setAttribute("aria-busy", "true");
    const answer = await fetch(`${aside.dataset.leave}?${asked}`);
    if (mine !== turn) return;
    if (!answer.ok || answer.redirected) {
      location.reload();
      return;
    }
    plan.innerHTML = await answer.text();
    plan.removeAttribute("aria-busy");
    plan.querySelector(`[name="${CSS.escape(changed)}"]`)?.focus();
    check();
  };
  plan.addEventListener("change", (event) => {
    if (event.target.matches("[data-how]")) load(event.target.name);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") location.assign(aside.dataset.back);
  });
  $("#leave-title").focus();
}
