// The options of a choice: added, pasted as a column, renamed, coloured, retired, put in order.
import { $, all } from "../shared/find.js";
import { sortable } from "./sortable.js";

/** A value for a new option: its English words as a name, or its Chinese ones where there is nothing else. */
export const nameOf = (zh, en) => {
  const name = (en || "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
  return name || zh.trim();
};
/** The lines of a pasted column, each option once. */
export const pasted = (text) => [
  ...new Set(
    text
      .split(/\r?\n/)
      .map((one) => one.trim())
      .filter(Boolean),
  ),
];

export function options(list, input, changed) {
  const words = JSON.parse(list.dataset.words);
  const counts = JSON.parse(list.dataset.counts);
  const colours = JSON.parse(list.dataset.colours);
  let items = JSON.parse(input.value || "[]");
  const before = new Set(items.map((one) => one.value));

  const store = () => {
    input.value = JSON.stringify(items);
    changed();
  };
  const button = (text, act, label) => {
    const made = Object.assign(document.createElement("button"), {
      type: "button",
      className: "button small",
      textContent: text,
    });
    made.setAttribute("aria-label", `${label ?? text} ${act.of ?? ""}`.trim());
    made.addEventListener("click", act);
    return made;
  };
  const text = (one, key, label) => {
    const made = Object.assign(document.createElement("input"), {
      type: "text",
      value: one[key] ?? "",
      maxLength: 200,
    });
    made.setAttribute("aria-label", label);
    made.addEventListener("input", () => {
      one[key] = made.value;
      store();
    });
    return made;
  };
  const colour = (one) => {
    const made = document.createElement("select");
    made.className = `colour ${one.colour ?? "none"}`;
    made.setAttribute("aria-label", `${words.colour} ${one.zh}`);
    for (const [name, title] of [["", words.none], ...colours]) {
      made.append(new Option(title, name, false, name === (one.colour ?? "")));
    }
    made.addEventListener("change", () => {
      one.colour = made.value || undefined;
      made.className = `colour ${made.value || "none"}`;
      store();
    });
    return made;
  };
  const line = (one) => {
    const item = Object.assign(document.createElement("li"), { draggable: true });
    item.dataset.name = one.value;
    item.classList.toggle("retired", Boolean(one.retired));
    const grip = Object.assign(document.createElement("button"), {
      type: "button",
      className: "grip",
      textContent: "⠿",
    });
    grip.dataset.grip = "";
    grip.setAttribute("aria-label", `${one.zh} ${words.move}`);
    const count = Object.assign(document.createElement("span"), { className: "muted small n" });
    count.textContent = before.has(one.value) ? String(counts[one.value] ?? 0) : words.fresh;
    const known = before.has(one.value);
    const act = () => {
      if (!known) items = items.filter((each) => each !== one);
      else if (one.retired) one.retired = undefined;
      else one.retired = true;
      draw();
      store();
    };
    act.of = one.zh;
    const named = known ? (one.retired ? words.restore : words.retire) : words.remove;
    item.append(
      grip,
      colour(one),
      text(one, "zh", `${words.zh} ${one.zh}`),
      text(one, "en", `${words.en} ${one.zh}`),
      count,
      button(named, act),
    );
    return item;
  };
  const draw = () => list.replaceChildren(...items.map(line));
  sortable(
    () => [list],
    () => {
      const order = all("li", list).map((one) => one.dataset.name);
      items.sort((a, b) => order.indexOf(a.value) - order.indexOf(b.value));
      store();
    },
  );
  const add = () => {
    const box = $("#add-option");
    const taken = new Set(items.map((one) => one.value));
    for (const zh of pasted(box.value)) {
      const value = nameOf(zh, /^[\x20-\x7e]+$/.test(zh) ? zh : "");
      if (!taken.has(value)) items.push({ value, zh, en: zh });
      taken.add(value);
    }
    box.value = "";
    draw();
    store();
  };
  $("[data-add-option]").addEventListener("click", add);
  $("#add-option").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    add();
  });
  draw();
}
