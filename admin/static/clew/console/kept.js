// What a draft keeps of a form, and how it is read again.

/** The texts of the fields, by name; the form's token is no text of anybody's. */
export const kept = (fields) =>
  Object.fromEntries(fields.filter((one) => one.name !== "csrf_token").map((one) => [one.name, one.value]));

/** The kept texts; none where there are none; null where what is there can't be read. */
export function parsed(text) {
  try {
    return JSON.parse(text || "{}") ?? {};
  } catch {
    return null;
  }
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** A draft put on top of what is in force now: the values that were edited since its `base`, and nothing else. */
export const onTop = (now, { base, value }) =>
  Object.fromEntries(
    Object.keys({ ...now, ...value })
      .map((name) => [name, same(value[name], base[name]) ? now[name] : value[name]])
      .filter(([, one]) => one !== undefined),
  );
