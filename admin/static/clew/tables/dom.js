// The table's page: its slots, its icons, elements, and what is said to who can't see it.
export const root = document.getElementById("table");
export const slot = (name) => root.querySelector(`[data-slot="${name}"]`);
export const icon = (name) => root.querySelector(`[data-icon="${name}"] svg`).cloneNode(true);
export const say = (text) => {
  slot("live").textContent = text;
};

const isThere = (one) => one !== null && one !== undefined && one !== false;
/** Make an element: el("button", { class: "x", onclick: act }, "words", child). null and false leave things out. */
export const el = (tag, values = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) if (isThere(value)) give(made, name, value);
  made.append(...inside.flat().filter(isThere));
  return made;
};
function give(made, name, value) {
  if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
  else if (name === "class") made.className = value;
  else if (name in made && typeof value === "boolean") made[name] = value;
  else made.setAttribute(name, value === true ? "" : value);
}
