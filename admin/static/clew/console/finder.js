// Ctrl K: one box for records, rules, pages and commands. The list is a listbox that the box controls; focus stays there.
import { fill } from "../shared/fill.js";
import { $, all } from "../shared/find.js";
import { fits, marked, newest } from "./matching.js";

const WAIT = 120,
  LOADING_AFTER = 150,
  EACH = 5;
const dialog = $("#finder");
const box = dialog && $("input", dialog);
const list = dialog && $("[role=listbox]", dialog);
const told = dialog && $("[data-told]", dialog);
const begin = newest();
let options = [],
  at = -1,
  timer = 0,
  asking = null,
  before = null;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// ---- What the page itself has: its pages and commands.

const drawn = (at) => $("svg", at)?.outerHTML ?? "";

function pages() {
  return all(".rail a.item").map((link) => ({
    title: $(".label", link).textContent,
    path: link.getAttribute("href"),
    icon: drawn(link),
  }));
}

function commands() {
  const general = all("#commands > *").map((one) => ({
    title: one.textContent.trim(),
    path: one.getAttribute("href"),
    icon: drawn(one),
    keys: one.dataset.keys,
    act: one.dataset.clicks && (() => $(one.dataset.clicks).click()),
  }));
  const own = all(
    ".head .actions :is(a.button, button:not([aria-disabled=true], :disabled)), .lead-head .actions a.button",
  )
    .filter((one) => one.offsetParent && one.textContent.trim())
    .map((one) => ({
      title: one.textContent.trim().replace(/\s+/g, " "),
      icon: drawn(one),
      detail: dialog.dataset.here,
      act: () => {
        one.focus();
        one.click();
      },
    }));
  return [...own, ...general.filter((one) => !own.some((other) => other.title === one.title))];
}

function local(typed) {
  const held = (one) => fits(`${one.title} ${one.keys ?? ""}`, typed);
  const groups = [
    { title: dialog.dataset.commands, items: commands().filter(held).slice(0, EACH) },
    { title: dialog.dataset.pages, items: pages().filter(held).slice(0, EACH) },
  ];
  return groups.filter((one) => one.items.length);
}

// ---- The list

function option(item, typed) {
  const title = element("span", { class: "title" });
  for (const [piece, hit] of marked(item.title, typed)) title.append(hit ? element("mark", {}, piece) : piece);
  const row = element(item.path ? "a" : "button", {
    id: `finder-${options.length}`,
    role: "option",
    tabindex: "-1",
    "aria-selected": "false",
    href: item.path ?? "",
    type: item.path ? "" : "button",
  });
  // The server's own icons.
  const icon = element("span", { class: "mark", "aria-hidden": "true" });
  icon.innerHTML = item.icon;
  row.append(icon, title);
  const detail = element("span", { class: "detail" });
  for (const [piece, hit] of marked(item.detail ?? "", typed)) detail.append(hit ? element("mark", {}, piece) : piece);
  if (item.detail) row.append(detail);
  if (item.kind) row.append(element("span", { class: "kind" }, item.kind));
  row.addEventListener("mousemove", () => choose(options.indexOf(row), false));
  row.addEventListener("click", (event) => {
    if (!item.act) return;
    event.preventDefault();
    before = null;
    dialog.close();
    item.act();
  });
  options.push(row);
  return row;
}

function show(groups, typed) {
  options = [];
  const made = groups.map((group, number) => {
    const id = `finder-group-${number}`;
    const head = element("div", { class: "group-head", id, role: "presentation" }, group.title);
    return element(
      "div",
      { role: "group", "aria-labelledby": id },
      head,
      ...group.items.map((one) => option(one, typed)),
    );
  });
  list.replaceChildren(...made);
  list.hidden = !made.length;
  choose(options.length ? 0 : -1);
}

function choose(place, scrolls = true) {
  options[at]?.setAttribute("aria-selected", "false");
  at = place;
  const here = options[at];
  here?.setAttribute("aria-selected", "true");
  box.setAttribute("aria-expanded", String(options.length > 0));
  if (here) box.setAttribute("aria-activedescendant", here.id);
  else box.removeAttribute("aria-activedescendant");
  if (scrolls) here?.scrollIntoView({ block: "nearest" });
}

function say(words, retry) {
  told.replaceChildren(words);
  if (!retry) return;
  const button = element("button", { type: "button", class: "button small" }, dialog.dataset.retry);
  button.addEventListener("click", () => {
    box.focus();
    ask();
  });
  told.append(" ", button);
}

// ---- Asking

async function ask() {
  const typed = box.value.trim(),
    isWanted = begin(),
    here = local(typed);
  asking?.abort();
  asking = new AbortController();
  const loading = setTimeout(() => isWanted() && say(dialog.dataset.loading), LOADING_AFTER);
  try {
    const answer = await fetch(`/find?q=${encodeURIComponent(typed)}`, {
      headers: { Accept: "application/json" },
      signal: asking.signal,
    });
    if (!isWanted()) return;
    if (!answer.ok) throw new Error(String(answer.status));
    const { groups } = await answer.json();
    if (!isWanted()) return;
    show([...groups, ...(typed ? here : [{ title: dialog.dataset.commands, items: commands() }])], typed);
    const count = options.length;
    say(count ? fill(dialog.dataset.count, { n: count }) : fill(dialog.dataset.nothing, { text: typed }));
    told.classList.toggle("vh", count > 0);
  } catch (error) {
    if (!isWanted() || error.name === "AbortError") return;
    show(here, typed);
    told.classList.remove("vh");
    if (error.message === "401") say(dialog.dataset.signedOut);
    else say(dialog.dataset.unanswered, true);
  } finally {
    clearTimeout(loading);
  }
}

function soon() {
  clearTimeout(timer);
  begin(); // Whatever is on its way answers another question.
  timer = setTimeout(ask, WAIT);
}

/** Open the search, or bring the cursor back into it. */
export function find() {
  if (!dialog || dialog.open) return box?.select();
  before = document.activeElement;
  dialog.showModal();
  box.value = "";
  list.hidden = true;
  told.classList.remove("vh");
  say("");
  box.focus();
  ask();
}

if (dialog) {
  box.addEventListener("input", (event) => event.isComposing || soon());
  box.addEventListener("compositionend", soon);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1 };
    if (event.key in moves && options.length) {
      event.preventDefault();
      choose((moves[event.key] + options.length) % options.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      options[at]?.click();
    }
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    begin();
    clearTimeout(timer);
    asking?.abort();
    before?.focus();
  });
}
