// The document of a process as the page edits it: stages added, moved and taken out, with the ways between them.

/** A name for a new stage that none has: stage_7. */
export function freshName(stages) {
  const taken = new Set(stages.map((one) => one.name));
  let n = stages.length + 1;
  while (taken.has(`stage_${n}`)) n += 1;
  return `stage_${n}`;
}
/** Add a stage after another one; the way that led on from there now leads through it. */
export function addStage(document, after, words) {
  const name = freshName(document.stages);
  const at = document.stages.findIndex((one) => one.name === after);
  const next = document.stages[at + 1];
  const role = document.stages[at]?.role ?? "sales";
  document.stages.splice(at + 1, 0, { name, zh: words.zh, en: words.en, role, required: [] });
  if (at >= 0) document.transitions.push([after, name]);
  if (next) document.transitions.push([name, next.name]);
  return name;
}
/** Take a stage out; who could come to it can go where it led, so that nobody is stuck before it. */
export function removeStage(document, name) {
  const into = document.transitions.filter(([, to]) => to === name).map(([from]) => from);
  const onto = document.transitions.filter(([from]) => from === name).map(([, to]) => to);
  const kept = document.transitions.filter((pair) => !pair.includes(name));
  for (const from of into) {
    for (const to of onto) {
      if (from !== to && !kept.some(([a, b]) => a === from && b === to)) kept.push([from, to]);
    }
  }
  document.stages = document.stages.filter((one) => one.name !== name);
  document.transitions = kept;
}
export function orderStages(document, names) {
  document.stages.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}
export function setWay(document, from, to, open) {
  const others = document.transitions.filter(([a, b]) => a !== from || b !== to);
  document.transitions = open ? [...others, [from, to]] : others;
}
export const hasWay = (document, from, to) => document.transitions.some(([a, b]) => a === from && b === to);

const STAGE = "stage:";
const WAY = "way:";

/** A document in parts by name, so that two drafts of it can be told apart: its title, each stage, their order, each way. */
export const inParts = ({ title, stages, transitions }) => ({
  title,
  order: stages.map((one) => one.name),
  ...Object.fromEntries(stages.map((one) => [STAGE + one.name, one])),
  ...Object.fromEntries(transitions.map((pair) => [WAY + pair.join(">"), pair])),
});

/** The document of parts: stages that the order does not name come last, ways from or to a stage that is gone are left out. */
export function whole(parts) {
  const of = (start) => Object.keys(parts).filter((name) => name.startsWith(start));
  const names = of(STAGE).map((name) => name.slice(STAGE.length));
  const order = [
    ...parts.order.filter((name) => names.includes(name)),
    ...names.filter((n) => !parts.order.includes(n)),
  ];
  return {
    title: parts.title,
    stages: order.map((name) => parts[STAGE + name]),
    transitions: of(WAY)
      .map((name) => parts[name])
      .filter((pair) => pair.every((name) => names.includes(name))),
  };
}
