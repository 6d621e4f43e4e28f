// What the vocabulary says of a fact: its type, its title, its options.
import { t } from "../shared/language.js";

export class Words {
  constructor(vocabulary) {
    this.vocabulary = vocabulary;
    this.fields = new Map(vocabulary.fields.map((one) => [one.name, one]));
    this.actions = new Map(vocabulary.actions.map((one) => [one.name, one]));
    this.collections = new Map(vocabulary.collections.map((one) => [one.name, one]));
  }
  /** The type of a fact; `rows` maps the names of related records to their collections. Null: not known. */
  type(name, rows = {}) {
    const [alias, ...rest] = (name || "").split(".");
    const row = rows[alias] && this.collections.get(rows[alias])?.fields.find((one) => one.name === rest.join("."));
    return row || this.fields.get(name) || null;
  }
  operators(kind) {
    return this.vocabulary.operators[kind] || this.vocabulary.operators.any;
  }
  /** Facts on offer, in groups: the rows' fields first, then all facts, then what rules derive. */
  facts(doc, rows = {}, { derived = true } = {}) {
    const found = [];
    for (const [alias, of] of Object.entries(rows)) {
      const collection = this.collections.get(of);
      for (const one of collection?.fields || [])
        found.push({ value: `${alias}.${one.name}`, label: one.title, group: `${collection.title}（${alias}）` });
    }
    for (const one of this.fields.values()) found.push({ value: one.name, label: one.title, group: one.group });
    const names = new Set([
      ...this.vocabulary.derived,
      ...Object.keys(doc.derive && typeof doc.derive === "object" ? doc.derive : {}),
    ]);
    if (derived)
      for (const one of names)
        found.push({ value: `derived.${one}`, label: one, group: t("规则认定的事实", "Facts that rules derive") });
    const seen = new Map();
    for (const one of found) seen.set(one.label, (seen.get(one.label) || 0) + 1);
    return found.map((one) => (seen.get(one.label) > 1 ? { ...one, label: `${one.label} · ${one.group}` } : one));
  }
  labelled(type, values) {
    return (values || []).map((one) => ({ value: one, label: type.labels?.[one] || String(one) }));
  }
}
