// What a key means in the grid: [act, …arguments], or nothing where it is the browser's.
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const PLAIN = {
  Home: ["first"],
  End: ["last"],
  Enter: ["edit"],
  F2: ["edit"],
  Delete: ["clear"],
  Backspace: ["clear"],
};

/** Ctrl Z and Y, wherever one is on the page. */
export function history({ key, ctrlKey, metaKey, shiftKey }) {
  if (!ctrlKey && !metaKey) return undefined;
  return { z: shiftKey ? ["redo"] : ["undo"], y: ["redo"] }[key.toLowerCase()];
}

/** On a cell that is not being edited. */
export function onCell(event) {
  const { key } = event;
  if (event.altKey) return key in MOVES ? ["shift", ...MOVES[key]] : undefined;
  if (event.ctrlKey || event.metaKey) return history(event);
  if (key in MOVES) return ["move", ...MOVES[key]];
  if (key === "Tab") return ["step", event.shiftKey];
  if (key in PLAIN) return PLAIN[key];
  return key.length === 1 && !event.isComposing ? ["edit", key] : undefined;
}

/** While a cell is edited. */
export function inEdit({ key, shiftKey }) {
  return { Escape: ["giveUp"], Enter: ["finish", shiftKey ? -1 : 1], Tab: ["finishAndStep", shiftKey] }[key];
}
