// Changes to what is said about a rule.
import { isMapping } from "./tree.js";

export const isChinese = (text) => /[\u4e00-\u9fff]/.test(text);

/** Does the English follow the Chinese? It does until somebody writes it. */
export const follows = (both) => !isMapping(both) || !both.en || both.en === both.zh;

/** A text in both languages, with one of them written. */
export function withText(both, language, text) {
  const was = isMapping(both) ? both : { zh: "", en: "" };
  return { ...was, [language]: text, ...(language === "zh" && follows(was) ? { en: text } : {}) };
}

/** Write a field ("owner", "valid.from"); an empty one is left out, and so is what held it alone. */
export function written(doc, path, text, type) {
  const [head, tail] = path.split(".");
  if (!tail) {
    give(doc, head, typed(text, type));
    return;
  }
  const inner = isMapping(doc[head]) ? { ...doc[head] } : {};
  give(inner, tail, typed(text, type));
  give(doc, head, Object.keys(inner).length ? inner : undefined);
}
function give(at, name, value) {
  if (value === undefined) delete at[name];
  else at[name] = value;
}
function typed(text, type) {
  if (text === "") return undefined;
  return type === "number" && /^-?\d+$/.test(text) ? Number(text) : text;
}
