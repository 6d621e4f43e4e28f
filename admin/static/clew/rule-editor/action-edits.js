// Changes to a rule's actions and derived facts. Each takes the document, changes it, and returns the control to go to.
import { clone } from "./store.js";

const NEW = () => ({ "": {} });

/** What an argument begins with. */
export function beginning(arg) {
  if (arg.kind === "number") return null;
  return arg.kind === "texts" ? [] : (arg.options[0] ?? "");
}

/** The arguments of an action that takes the place of another: what fits of the old ones, and what it must have. */
export function argsFor(spec, had) {
  const args = {},
    all = spec?.args || [];
  const keeps = (arg) => arg.name in had && (!arg.options.length || arg.options.includes(had[arg.name]));
  for (const arg of all.filter(keeps)) args[arg.name] = had[arg.name];
  for (const arg of all) if (arg.required && !(arg.name in args)) args[arg.name] = beginning(arg);
  for (const some of spec?.one_of || []) if (!some.some((one) => one in args)) args[some[0]] = "";
  return args;
}

export const addAction = (doc, index = doc.then?.length ?? 0) => {
  doc.then = [...(doc.then ?? [])];
  doc.then.splice(index, 0, NEW());
  return `then[${index}]:action`;
};
export const copyAction = (doc, index) => {
  doc.then.splice(index + 1, 0, clone(doc.then[index]));
  return `then[${index + 1}]:action`;
};
export const removeAction = (doc, index) => {
  doc.then.splice(index, 1);
  return doc.then.length ? `then[${Math.min(index, doc.then.length - 1)}]:action` : "then:add";
};
export const replaceAction = (doc, index, name, spec) => {
  const [had] = Object.values(doc.then[index]);
  doc.then[index] = { [name]: argsFor(spec, had) };
  return `then[${index}]:action`;
};
/** Move an action; null where it would leave the list. */
export const moveAction = (doc, from, to) => {
  if (to < 0 || to >= doc.then.length) return null;
  doc.then.splice(to, 0, ...doc.then.splice(from, 1));
  return `then[${to}]`;
};
/** Put the action at `from` before or after the one at `index`. */
export const dropAction = (doc, from, index, after) => {
  const before = index + (after ? 1 : 0);
  return moveAction(doc, from, before - (from < before ? 1 : 0));
};

export const addFact = (doc) => {
  let name = "fact";
  for (let n = 2; name in (doc.derive ?? {}); n += 1) name = `fact_${n}`;
  doc.derive = { ...doc.derive, [name]: "" };
  return `derive.${name}:name`;
};
/** Another name, in the same place. */
export const renameFact = (doc, name, next) => {
  doc.derive = Object.fromEntries(Object.entries(doc.derive).map(([key, one]) => [key === name ? next : key, one]));
  return `derive.${next}:value`;
};
export const removeFact = (doc, name) => {
  delete doc.derive[name];
  if (!Object.keys(doc.derive).length) delete doc.derive;
  return "derive:add";
};
