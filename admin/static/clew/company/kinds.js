// The page of a kind of record: a name suggested from the title, and what publishing would make or touch.
import { $, all } from "../shared/find.js";
import { openIn, said, watch } from "./impact.js";
import { suggested } from "./names.js";

const form = $("#kind-form");
const note = $("#publish-note");
const box = $("#impact");
const { title_zh, title_en, name } = form.elements;
const taken = JSON.parse(form.dataset.taken);

if (name.type !== "hidden") {
  // What somebody typed is theirs; until then the name follows the title.
  let own = name.value !== "" && name.value !== suggested(title_en.value, taken);
  name.addEventListener("input", () => {
    own = name.value !== "";
  });
  for (const title of [title_zh, title_en]) {
    title.addEventListener("input", () => {
      if (!own) name.value = suggested(title_en.value || title_zh.value, taken);
    });
  }
}
const status = () => {
  const [lacking] = all("[required]", form).filter((one) => !one.value.trim());
  if (lacking) return said(note.dataset.missing, { what: lacking.dataset.label });
  const root = $("[data-changed]", box);
  const errors = Number(root?.dataset.errors ?? 0);
  if (errors) return said(note.dataset.errors, { n: errors });
  if (form.elements.new.value !== "1" && root && root.dataset.changed === "0") return note.dataset.none;
  if ($("[data-typed]", box)?.value === "") return note.dataset.typed;
  return openIn(box) ? said(note.dataset.open, { n: openIn(box) }) : "";
};
const changed = watch({ form, box, button: $("#publish"), note, body: () => new FormData(form), status });
const turn = (selector, active) =>
  $(selector, form)?.addEventListener("click", (event) => {
    form.elements.active.value = active;
    event.currentTarget.hidden = true;
    $("[data-turned]", form).hidden = false;
    changed();
  });
turn("[data-retire]", "");
turn("[data-restore]", "1");
