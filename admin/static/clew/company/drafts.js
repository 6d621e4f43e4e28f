// What is edited on a page and not published yet survives a reload; a note says so, and lets go of it.
import { forgetOnceTaken } from "../console/drafts.js";
import { onTop, parsed, same } from "../console/kept.js";
import { $ } from "../shared/find.js";
import { t } from "../shared/language.js";

/**
 * Keep the draft of a page in this browser. `read()` returns its values by name, `write(values)` puts them into the page,
 * `revision` is that of what is in force, `place` the element that the note stands in, `form` what publishes it, if one does.
 * Returns a function to call whenever something was edited; its `taken` says that all of it is in force now.
 */
export function keepDraft({ key, form, revision, read, write, place }) {
  const at = `clew-draft:${key}`;
  const failed = $("[data-failed],.field.bad") !== null;
  const now = read();
  let kept = parsed(localStorage.getItem(at));
  if (!kept?.value || !kept.base) kept = null;
  // After a refusal the page shows what was sent, not what is in force: the draft goes on as it was.
  let base = kept && failed ? kept.base : now;
  let seen = kept && failed ? kept.revision : revision;
  const published = kept !== null && !failed && (kept.published || kept.revision !== revision);

  const note = document.createElement("p");
  note.className = "draft-note small";
  note.setAttribute("role", "status");
  const drop = Object.assign(document.createElement("button"), {
    type: "button",
    className: "button small",
    textContent: t("放弃", "Discard"),
  });
  drop.addEventListener("click", () => {
    localStorage.removeItem(at);
    location.assign(location.href.split("#")[0]);
  });
  const show = (on) => {
    note.hidden = !on;
    note.classList.toggle("late", on && published);
    note.replaceChildren();
    if (!on) return;
    const words = published
      ? t(
          "你开始改以后有人发布过：这里是现在生效的，加上你没发布的改动；看清楚再发布",
          "It was published since you began: this is what is in force now, with your unpublished changes on top. Look before you publish",
        )
      : t("你有没发布的改动，留在这台电脑上", "You have changes that are not published, kept on this computer");
    note.append(words, drop);
  };
  place.append(note);
  if (kept && !failed) {
    const merged = onTop(now, kept);
    if (same(merged, now)) localStorage.removeItem(at);
    else write(merged);
  }
  const keep = () => {
    const value = read();
    const edited = !same(value, base);
    try {
      if (edited) localStorage.setItem(at, JSON.stringify({ revision: seen, base, value, published }));
      else localStorage.removeItem(at);
    } catch {
      // The browser keeps nothing: what is typed stays until the page is left.
    }
    show(edited);
  };
  if (published) {
    base = now;
    seen = revision;
  }
  keep.taken = () => {
    base = read();
    keep();
  };
  form?.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) forgetOnceTaken(at);
  });
  keep();
  return keep;
}

/** The values of a form's fields by name, as lists; what is no content of it is left out. */
export const valuesOf = (form, left = ["csrf_token", "revision"]) => {
  const found = {};
  for (const one of form.elements) {
    if (!one.name || left.includes(one.name) || one.name.startsWith("answer:")) continue;
    found[one.name] ??= [];
    if (!["checkbox", "radio"].includes(one.type) || one.checked) found[one.name].push(one.value);
  }
  return found;
};
export const putValues = (form, values) => {
  for (const one of form.elements) {
    if (!(one.name in values)) continue;
    if (["checkbox", "radio"].includes(one.type)) one.checked = values[one.name].includes(one.value);
    else one.value = values[one.name][0] ?? "";
  }
};
