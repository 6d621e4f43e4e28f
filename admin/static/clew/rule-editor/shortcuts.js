// What a key means to the editor: "undo", "redo", "save", "on" and "back" (from part to part), or nothing.
export function meant({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey) return undefined;
  if (key === "F6" && !ctrlKey) return shiftKey ? "back" : "on";
  if (!ctrlKey && !metaKey) return undefined;
  return { z: shiftKey ? "redo" : "undo", y: "redo", s: "save" }[key.toLowerCase()];
}
