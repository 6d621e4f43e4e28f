// 为什么: a link marked data-why opens its page in a drawer. Without a script the link is the page itself.
import { areOn } from "../console/single-keys.js";
import { copy as copyText } from "../shared/copy.js";
import { partOf, whyOf } from "./addresses.js";

const words = document.getElementById("why-script").dataset;
document.documentElement.classList.add("why-js");
const make = (tag, props = {}, ...inside) => {
  const el = Object.assign(document.createElement(tag), props);
  el.append(...inside);
  return el;
};
let drawer,
  turn = 0;
const build = () => {
  drawer = make("dialog", { className: "why-drawer", id: "why" });
  const title = make("h2", { id: "why-title", tabIndex: -1 });
  const close = make("button", { className: "icon-button", type: "button", textContent: "✕" });
  close.setAttribute("aria-label", words.close);
  const full = make("a", { className: "small", textContent: words.page });
  const copy = make("button", { className: "icon-button", type: "button", textContent: words.copy });
  copy.setAttribute("aria-label", words.copyCommand);
  const head = make(
    "header",
    { className: "why-head" },
    make("div", {}, title, make("p", { textContent: words.hint })),
    close,
  );
  const body = make("div", { className: "why-scroll", tabIndex: 0 });
  const code = make("code");
  drawer.append(
    head,
    body,
    make("footer", { className: "why-foot" }, full, make("span", { className: "space" }), code, copy),
  );
  drawer.setAttribute("aria-labelledby", "why-title");
  close.addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });
  drawer.parts = { title, body, full, copy, code };
  document.body.append(drawer);
};
const load = async (url) => {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  // Signed out meanwhile: the answer is the sign-in page, and the whole page says so better.
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.text();
};
const open = async (href) => {
  if (!drawer) build();
  const { title, body, full, copy, code } = drawer.parts,
    mine = ++turn;
  title.textContent = words.title;
  code.textContent = "";
  copy.hidden = true;
  full.href = href;
  body.replaceChildren();
  drawer.showModal();
  title.focus();
  const skeleton = setTimeout(() => {
    body.replaceChildren(make("div", { className: "why-wait" }, make("i"), make("i"), make("i")));
  }, 150);
  try {
    const text = await load(partOf(href, location.href));
    if (mine !== turn) return;
    body.innerHTML = text;
    const found = body.querySelector("[data-why-title]");
    title.textContent = found.dataset.whyTitle;
    code.textContent = found.dataset.command;
    copy.dataset.copy = found.dataset.command;
    copy.hidden = false;
  } catch {
    if (mine === turn)
      body.replaceChildren(make("p", { className: "why", role: "alert", textContent: words.notLoaded }));
  } finally {
    clearTimeout(skeleton);
  }
};
const judge = async (form) => {
  const into = form.parentElement.querySelector("[data-why-answer]"),
    url = new URL(form.action);
  for (const [name, value] of new FormData(form)) url.searchParams.set(name, value);
  into.setAttribute("aria-busy", "true");
  try {
    into.innerHTML = await load(partOf(url, location.href, { only: "not" }));
  } catch {
    into.replaceChildren(make("p", { role: "alert", textContent: words.notLoaded }));
  }
  into.removeAttribute("aria-busy");
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-why]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    open(link.href);
  }
  const copied = event.target.closest("[data-copy]");
  if (copied)
    copyText(copied.dataset.copy).then(() => {
      const was = copied.innerHTML;
      copied.textContent = words.copied;
      setTimeout(() => {
        copied.innerHTML = was;
      }, 1500);
    });
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-why-not]");
  if (form) judge(form);
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-why-not]");
  if (form) {
    event.preventDefault();
    judge(form);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "w" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!areOn() || event.target.closest("input:not([type=checkbox]),textarea,select,dialog")) return;
  const href = hereWhy();
  if (href) {
    event.preventDefault();
    open(href);
  }
});

/** The row chosen by j and k, else the one with the focus, else what the page is about. */
function hereWhy() {
  const row = document.querySelector("tr.at"),
    focused = document.activeElement?.closest(".row,.entry,tr");
  const link = [row, focused, document].map((at) => at?.querySelector("a[data-why]")).find(Boolean);
  return whyOf(row?.dataset.href) ?? link?.href;
}
