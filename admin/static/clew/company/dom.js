// Elements made in one call: tag, properties (data-… and aria-… as attributes), children.
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "for") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}
/** A select over [value, words] pairs. */
export const select = (label, pairs, value, change) =>
  make(
    "select",
    { "aria-label": label, onchange: (event) => change(event.target.value) },
    ...pairs.map(([name, words]) => new Option(words, name, false, name === value)),
  );
/** A text input with its label above. */
export const field = (label, value, input, more = {}) =>
  make(
    "label",
    { className: "field" },
    make("span", { textContent: label }),
    make("input", { type: "text", value, oninput: (event) => input(event.target.value), ...more }),
  );
