// A searchable list (ARIA combobox): type a part of the name, arrows and Enter choose, Esc keeps what was there.
import { t } from "../shared/language.js";
import { h, uid } from "./dom.js";
import { around, matching } from "./options.js";

/** options: [{ value, label, group, hint }], or load(words) for a list from the server. free: any text is taken too. */
export function combobox({
  key,
  path,
  label,
  value,
  options = [],
  load,
  free = false,
  pick,
  placeholder = "",
  readOnly = false,
  invalid = false,
  className = "",
}) {
  const listId = uid("list");
  let shown = [],
    active = -1,
    open = false,
    typed = false,
    current = value ?? "";
  const titleOf = (one) => options.find((option) => option.value === one)?.label ?? one ?? "";
  const input = h("input", {
    type: "text",
    role: "combobox",
    class: "re-input",
    "aria-label": label,
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    placeholder,
    readOnly,
    "aria-invalid": invalid ? "true" : null,
    data: { key, path },
  });
  const list = h("ul", { id: listId, role: "listbox", class: "re-list", "aria-label": label, hidden: true });
  input.value = titleOf(current);

  function draw() {
    const words = typed ? input.value.trim() : "";
    shown = matching(options, load ? "" : words);
    active = shown.length ? Math.max(0, typed ? 0 : shown.findIndex((one) => one.value === current)) : -1;
    list.replaceChildren(...(shown.length ? shown.flatMap((one, index) => rowsOf(one, index, words)) : [nothing()]));
    mark();
  }
  function rowsOf(one, index, words) {
    const begins = one.group && one.group !== shown[index - 1]?.group && !words;
    const hint = one.hint || (words && one.group);
    const item = h(
      "li",
      {
        role: "option",
        id: `${listId}-${index}`,
        "aria-selected": String(one.value === current),
        class: "re-option",
        on: {
          mousedown: (event) => {
            event.preventDefault();
            choose(one.value);
          },
        },
      },
      h("span", {}, one.label),
      hint ? h("span", { class: "muted small" }, hint) : null,
    );
    return begins ? [h("li", { role: "presentation", class: "re-group" }, one.group), item] : [item];
  }
  function nothing() {
    const words = free
      ? t("回车采用输入的内容", "Enter takes what you typed")
      : t("没有匹配的，换个词试试", "Nothing fits; try another word");
    return h("li", { role: "presentation", class: "re-group" }, words);
  }
  function mark() {
    list.querySelectorAll(".re-option").forEach((el, index) => {
      el.classList.toggle("at", index === active);
      if (index === active) el.scrollIntoView({ block: "nearest" });
    });
    if (active >= 0) input.setAttribute("aria-activedescendant", `${listId}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }
  async function show() {
    if (readOnly) return;
    open = true;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    draw();
    if (load) await refresh();
  }
  async function refresh() {
    const words = typed ? input.value.trim() : "";
    const found = await load(words);
    if (typed && input.value.trim() !== words) return;
    options = found;
    if (open) draw();
  }
  function hide() {
    open = false;
    typed = false;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function choose(one) {
    current = one;
    input.value = titleOf(one);
    hide();
    pick(
      one,
      options.find((option) => option.value === one),
    );
  }
  function settle() {
    const text = input.value.trim();
    if (free && typed && text !== titleOf(current)) choose(options.find((one) => one.label === text)?.value ?? text);
    else input.value = titleOf(current);
    hide();
  }
  input.addEventListener("click", () => {
    if (!open) {
      input.select();
      show();
    }
  });
  input.addEventListener("input", () => {
    typed = true;
    if (open && load) refresh();
    else if (open) draw();
    else show();
  });
  input.addEventListener("blur", settle);
  const step = (by) => {
    if (!open) {
      show();
      return;
    }
    active = around(shown.length, active, by);
    mark();
  };
  const enter = () => {
    const text = input.value.trim();
    if (!open) show();
    else if (free && typed && text && !shown.some((one) => one.label === text)) settle();
    else if (active >= 0) choose(shown[active].value);
  };
  const leave = () => {
    input.value = titleOf(current);
    hide();
  };
  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: enter,
  };
  input.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (key in keys) {
      event.preventDefault();
      keys[key]();
    } else if (key === "Tab" && open && typed && !free && active >= 0) choose(shown[active].value);
    else if (key === "Escape" && open) {
      event.stopPropagation();
      leave();
    }
  });
  return h("div", { class: `re-combo ${className}` }, input, list);
}

/** A plain list of few choices: the browser's own. */
export function choice({ key, path, label, value, options, pick, readOnly = false, invalid = false, className = "" }) {
  const known = options.some((one) => one.value === value);
  const select = h(
    "select",
    {
      class: `re-input ${className}`,
      "aria-label": label,
      "aria-invalid": invalid ? "true" : null,
      disabled: readOnly,
      data: { key, path },
      on: { change: () => pick(options.find((one) => String(one.value) === select.value)?.value ?? select.value) },
    },
    known
      ? null
      : h("option", { value: String(value ?? ""), selected: true }, String(value ?? "") || t("请选择", "Choose")),
    options.map((one) => h("option", { value: String(one.value), selected: one.value === value }, one.label)),
  );
  return select;
}
