// The rule as one sentence: the page's title, each piece of it a way to its control.
import { isEnglish, t } from "../shared/language.js";
import { h } from "./dom.js";

const PLAIN = /(^group$)|(\.op$)|(^then\[\d+\]$)|(\.not$)/;

/** Keeps the last sentence that could be read, dimmed while something is missing. */
export class Sentence {
  #parts = [];
  constructor(slot, go) {
    this.slot = slot;
    this.go = go;
    slot.addEventListener("keydown", (event) => this.#step(event));
    this.draw([], true);
  }
  show(preview) {
    const parts = preview.parts?.[isEnglish ? "en" : "zh"];
    this.draw(parts || this.#parts, !parts);
  }
  draw(parts, stale) {
    const changed = JSON.stringify(parts) !== JSON.stringify(this.#parts),
      was = document.activeElement?.dataset?.goto;
    this.#parts = parts;
    this.slot.classList.toggle("stale", stale && parts.length > 0);
    if (!changed && this.slot.childElementCount) return;
    if (!parts.length) {
      this.slot.replaceChildren(
        h(
          "p",
          { class: "re-unsaid muted" },
          t(
            "选好时机、条件和动作，这里会读出一句话。",
            "Choose when, what must hold and what to do: it reads here as a sentence.",
          ),
        ),
      );
      return;
    }
    let first = true;
    this.slot.replaceChildren(
      h(
        "p",
        {
          class: "re-said",
          role: "group",
          "aria-label": t(
            "规则整句，左右键逐段走，回车去改",
            "The rule as a sentence: left and right to walk, Enter to change",
          ),
        },
        parts.map(({ text, path }) => {
          if (!path) return text;
          const [, before, inner, after] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text);
          const el = h(
            "span",
            {
              role: "button",
              class: `re-part ${PLAIN.test(path) ? "plain" : ""}`,
              tabindex: first ? 0 : -1,
              data: { goto: path },
              on: { click: () => this.go(path) },
            },
            inner,
          );
          first = false;
          return [before, el, after];
        }),
      ),
    );
    if (was) this.slot.querySelector(`[data-goto="${CSS.escape(was)}"]`)?.focus();
  }
  #step(event) {
    if ((event.key === "Enter" || event.key === " ") && event.target.dataset.goto) {
      event.preventDefault();
      this.go(event.target.dataset.goto);
      return;
    }
    if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key) || event.altKey) return;
    const all = [...this.slot.querySelectorAll(".re-part")],
      now = all.indexOf(document.activeElement);
    if (now < 0) return;
    event.preventDefault();
    const next =
      event.key === "Home"
        ? 0
        : event.key === "End"
          ? all.length - 1
          : (now + (event.key === "ArrowRight" ? 1 : all.length - 1)) % all.length;
    all.forEach((el, index) => {
      el.tabIndex = index === next ? 0 : -1;
    });
    all[next].focus();
  }
}

/** Find the control for a path of the document: its own, or the nearest around or within it. */
export function controlFor(form, path) {
  const fits = (where) => form.querySelector(`[data-path="${CSS.escape(where)}"]`);
  let where = path,
    found = fits(where);
  if (!found)
    found = [...form.querySelectorAll("[data-path]")].find(
      (el) => el.dataset.path.startsWith(`${path}.`) || el.dataset.path.startsWith(`${path}[`),
    );
  while (!found && where) {
    where = where.replace(/(\.|\[)[^.[]*$/, "");
    found = fits(where) || null;
    if (!/[.[]/.test(where)) break;
  }
  found ??=
    form.querySelector(`[data-part="${CSS.escape(path.split(/[.[]/)[0])}"]`) || form.querySelector("[data-part=about]");
  found?.closest("details")?.setAttribute("open", "");
  return found?.matches("input,select,textarea,button")
    ? found
    : (found?.querySelector("input,select,textarea,button.re-add") ?? found);
}
