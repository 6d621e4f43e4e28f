// Building elements, icons, dialogs and toasts.
import { t } from "../shared/language.js";

const NS = "http://www.w3.org/2000/svg";
const PATHS = {
  x: "M18 6L6 18M6 6l12 12",
  plus: "M12 5v14M5 12h14",
  check: "M5 12l5 5L20 7",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  grip: "M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01",
  pencil: "M4 20h4L18.5 9.5a2.8 2.8 0 1 0-4-4L4 16zM13.5 6.5l4 4",
  "circle-check": "M12 12m-9 0a9 9 0 1 0 18 0 9 9 0 1 0-18 0M9 12l2 2 4-4",
  "circle-x": "M12 12m-9 0a9 9 0 1 0 18 0 9 9 0 1 0-18 0M12 8v4M12 16h.01",
  "alert-triangle":
    "M12 9v4M10.4 3.6L2.3 17.1a1.9 1.9 0 0 0 1.6 2.9h16.2a1.9 1.9 0 0 0 1.6-2.9L13.6 3.6a1.9 1.9 0 0 0-3.2 0zM12 16h.01",
  send: "M10 14L21 3M21 3l-6.5 18-3.5-7-7-3.500z",
  history: "M12 8v4l2 2M3.1 11a9 9 0 1 1 .5 4M3 20v-5h5",
  clock: "M3 12a9 9 0 1 0 18 0 9 9 0 0 0-18 0M12 7v5l3 3",
  undo: "M9 14l-4-4 4-4M5 10h11a4 4 0 1 1 0 8h-1",
  redo: "M15 14l4-4-4-4M19 10H8a4 4 0 1 0 0 8h1",
  play: "M7 4v16l13-8z",
  info: "M12 12m-9 0a9 9 0 1 0 18 0 9 9 0 1 0-18 0M12 8h.01M11 12h1v4h1",
  trash: "M4 7h16M10 11v6M14 11v6M5 7l1 12a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2l1-12M9 7V4h6v3",
  hourglass: "M6 4h12M6 20h12M7 4v4l5 4 5-4V4M7 20v-4l5-4 5 4v4",
};
let counter = 0;

export const uid = (stem) => `${stem}-${++counter}`;

/** Make an element: h("button", { class: "x", on: { click } }, "words", child). null and false leave things out. */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props).filter(([, value]) => isThere(value))) give(el, name, value);
  el.append(...children.flat(9).filter(isThere));
  return el;
}
const isThere = (value) => value !== null && value !== undefined && value !== false;
function give(el, name, value) {
  if (name === "on") for (const [event, act] of Object.entries(value)) el.addEventListener(event, act);
  else if (name === "data") Object.assign(el.dataset, Object.fromEntries(Object.entries(value).filter(isGiven)));
  else if (["value", "checked", "readOnly", "selected"].includes(name)) el[name] = value;
  else el.setAttribute(name, value === true ? "" : value);
}
const isGiven = ([, value]) => value !== undefined && value !== null;

export function icon(name, size = 16) {
  const svg = document.createElementNS(NS, "svg"),
    path = document.createElementNS(NS, "path");
  const set = {
    class: "icon",
    width: size,
    height: size,
    viewBox: "0 0 24 24",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": name === "grip" ? 2.5 : 1.75,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [key, value] of Object.entries(set)) svg.setAttribute(key, value);
  path.setAttribute("d", PATHS[name] || PATHS.info);
  svg.append(path);
  return svg;
}

export const tag = (words, tone = "", mark = "") =>
  h("span", { class: `tag ${tone}` }, mark ? icon(mark, 12) : null, words);

export function iconButton(mark, label, act, props = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button re-tool", "aria-label": label, title: label, ...props, on: { click: act } },
    icon(mark),
  );
}

/** Ask before something that matters: resolves to the typed text, or null when it was given up. */
export function ask({ title, text, field, action, danger }) {
  return new Promise((done) => {
    const input = field ? h("textarea", { id: uid("ask"), rows: 3 }) : null;
    const finish = (value) => {
      box.close();
      box.remove();
      done(value);
    };
    const box = h(
      "dialog",
      { class: "re-dialog", "aria-label": title },
      h("h2", {}, title),
      text ? h("div", { class: "muted" }, text) : null,
      input ? h("div", { class: "field" }, h("label", { for: input.id }, field), input) : null,
      h(
        "p",
        { class: "actions" },
        h("button", { type: "button", class: "button", on: { click: () => finish(null) } }, t("取消", "Cancel")),
        [].concat(action).map((one) =>
          h(
            "button",
            {
              type: "button",
              class: `button ${danger ? "danger" : "primary"}`,
              on: { click: () => finish(input ? input.value : one) },
            },
            one,
          ),
        ),
      ),
    );
    box.addEventListener("cancel", (event) => {
      event.preventDefault();
      finish(null);
    });
    box.addEventListener("keydown", (event) => {
      if (!input || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault(); // Else the key would press the button that gets the focus back.
      finish(input.value);
    });
    document.body.append(box);
    box.showModal();
  });
}

/** A short message at the bottom left; it stays while it is looked at. */
export function toast(slot, text, { action, act, error } = {}) {
  const el = h(
    "div",
    { class: `toast ${error ? "error" : ""}` },
    icon(error ? "circle-x" : "circle-check"),
    h("span", {}, text),
    action
      ? h(
          "button",
          {
            type: "button",
            class: "re-toast-act",
            on: {
              click: () => {
                el.remove();
                act();
              },
            },
          },
          action,
        )
      : null,
  );
  slot.append(el);
  const leave = () => {
    if (el.matches(":hover,:focus-within")) setTimeout(leave, 2000);
    else el.remove();
  };
  if (!error) setTimeout(leave, 8000);
  return el;
}
