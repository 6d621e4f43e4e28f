// What changes elsewhere appears by itself. The page asks every few seconds whether something it shows has changed; if
// so, it reads itself again and swaps the parts that say something else. Where somebody types nothing moves: a bar says it.
import { fill } from "../shared/fill.js";
import { $, all } from "../shared/find.js";
import { added, pause } from "./following.js";
import { isBusy, meanwhile, refresh, swap } from "./swapping.js";

const GROWS = 120_000;
const main = $("main[data-live-at]");
const bar = $(".live-bar");
const words = main?.dataset ?? {};
let at = words.liveAt,
  failures = 0,
  timer = 0,
  asking = false,
  readAt = Date.now(),
  isOut = false,
  isGone = false;

function tell(text, act, does) {
  bar.replaceChildren(text);
  bar.hidden = !text;
  if (!act) return;
  const button = document.createElement(typeof does === "string" ? "a" : "button");
  button.textContent = act;
  if (typeof does === "string") button.href = does;
  else {
    button.type = "button";
    button.addEventListener("click", does);
  }
  bar.append(button);
}

async function page() {
  const answer = await fetch(location.href, { headers: { "X-Clew-Live": "1", Accept: "text/html" } });
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") return signedOut();
  if ([403, 404].includes(answer.status)) return hidden();
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// ---- Lists

function rowsOf(fresh) {
  const shown = all("[data-live-rows] tr[data-href]"),
    now = all("[data-live-rows] tr[data-href]", fresh);
  refresh(shown, now);
  const href = (row) => row.dataset.href;
  const count = added(shown.map(href), now.map(href)).length;
  if (count) tell(fill(words.new, { n: count }), words.show, () => location.reload());
}

// ---- Parts

/** Swap what nobody is at work in; true if a part that somebody is at work in says something else by now. */
function swapParts(fresh) {
  let isHeld = false;
  for (const part of all("[data-live]")) {
    const now = $(`[data-live="${part.dataset.live}"]`, fresh);
    if (now && isBusy(part)) isHeld ||= differs(part, now);
    else if (now) swap(part, now);
  }
  return isHeld;
}

/** What stands in dialogs that are closed is about the record as it is shown by now. */
function renew(fresh) {
  const now = $("input[name=revision]", fresh);
  for (const one of now ? all("dialog:not([open]) input[name=revision]") : []) one.value = now.value;
}

function show(fresh, who) {
  const isHeld = swapParts(fresh);
  renew(fresh);
  const told = (value) => fill(words.theirs, { who: who || words.somebody, value });
  const noted = all("form:has(input[name^='was-'])").reduce(
    (sum, form) => sum + meanwhile(form, fresh, words, told),
    0,
  );
  if (!isHeld && !noted) return;
  tell(who ? fill(words.who, { who }) : words.some, isHeld ? words.show : "", reveal);
  if (!isHeld) setTimeout(() => tell(""), 8000);
}

const plain = (part) => part.textContent.replace(/\s+/g, " ").trim();
const differs = (part, now) => plain(part) !== plain(now);

/** Show all there is, but keep what was typed: a part that somebody types in says beside its fields what is new. */
async function reveal() {
  tell("");
  const fresh = await page();
  if (!fresh) return;
  for (const part of all("[data-live]")) {
    const now = $(`[data-live="${part.dataset.live}"]`, fresh);
    if (now && !isBusy(part)) swap(part, now);
    else if (now) keepTyping(part, now);
  }
}

function keepTyping(part, now) {
  const typed = all("input:not([type=hidden]),textarea,select", part)
    .filter((one) => one.name && (one.value !== one.defaultValue || one === document.activeElement))
    .map((one) => [one.form?.getAttribute("action"), one.name, one.value, one === document.activeElement]);
  const opened = all("[data-item].open [data-log]", part).map((one) => one.getAttribute("href"));
  swap(part, now);
  for (const href of opened) $(`[data-log][href="${CSS.escape(href)}"]`, part)?.click();
  for (const [action, name, value, hadFocus] of typed) {
    const one = all(`[name="${CSS.escape(name)}"]`, part).find((each) => each.form?.getAttribute("action") === action);
    if (!one) continue;
    one.value = value;
    one.dispatchEvent(new Event("input", { bubbles: true }));
    if (hadFocus) one.focus();
  }
}

function count(waits) {
  for (const [name, markup] of Object.entries(waits))
    for (const place of all(`[data-waits="${CSS.escape(name)}"]`))
      if (place.innerHTML.trim() !== markup) place.innerHTML = markup;
}

// ---- Asking

async function asked() {
  const query = new URLSearchParams({ at, on: words.liveOn });
  const answer = await fetch(`/live?${query}`, { headers: { Accept: "application/json" } });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function follow(told) {
  // Spans in the sentences of Today grow without anything happening.
  if (told.changed || (words.liveOn === "day" && Date.now() - readAt > GROWS)) {
    const fresh = await page();
    if (!fresh) return;
    readAt = Date.now();
    if ($("[data-live-rows]")) rowsOf(fresh);
    show(fresh, told.who);
  }
  if (told.waits) count(told.waits);
  at = told.at;
}

function reached() {
  failures = 0;
  if (!isGone) return;
  isGone = false;
  tell(words.back);
  setTimeout(() => tell(""), 4000);
}

function missed() {
  failures += 1;
  if (failures < 2) return;
  isGone = true;
  tell(words.gone);
}

async function ask() {
  if (asking || isOut || document.hidden) return;
  asking = true;
  clearTimeout(timer);
  try {
    const told = await asked();
    if (!told) return signedOut();
    await follow(told);
    reached();
  } catch {
    missed();
  } finally {
    asking = false;
    if (!isOut && !document.hidden) timer = setTimeout(ask, pause(failures));
  }
}

/** Nothing more is asked: this page says why, and keeps what is on it. */
function signedOut() {
  isOut = true;
  tell(words.out, words.in, `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
  return null;
}

function hidden() {
  isOut = true;
  tell(words.hidden, words.home, "/");
  return null;
}

if (main && bar && at) {
  timer = setTimeout(ask, pause(0));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else ask();
  });
  window.addEventListener("online", ask);
  document.addEventListener("clew:ask", ask);
}
