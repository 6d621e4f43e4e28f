// The sentence beside a button that waits: which fields are still to be filled in.
export const toldMissing = (words, fields) =>
  fields.length ? words.replace("{}", fields.map((one) => one.dataset.label).join("、")) : "";
