// A table's settings and columns as the dialogs give them.

/** Write what the settings say into the document; what is left empty is left as it is, but a group is dropped. */
export function settle(document, { zh, en, trigger, group, priority }) {
  if (zh) document.title = { zh, en: en || zh };
  if (trigger && trigger !== triggerOf(document)) document.trigger = trigger;
  if (group) document.group = group;
  else delete document.group;
  if (priority || "priority" in document) document.priority = priority;
}
/** The first event a table is asked at. */
export const triggerOf = ({ trigger }) => (Array.isArray(trigger) ? trigger[0] : trigger);

/** The column chosen in the list: "field:lead.region" looks at a field, "assign.to" gives an action its argument. */
export function columnFor(chosen) {
  if (chosen.startsWith("field:")) return { field: chosen.slice(6) };
  const [action, ...arg] = chosen.split(".");
  return { action, arg: arg.join(".") };
}
