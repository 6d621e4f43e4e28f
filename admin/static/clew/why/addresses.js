// The addresses of 为什么: a record's page, and the part of a page that goes into the drawer.

/** Where a record's why is, by the address of its row; undefined for others. */
export function whyOf(href) {
  const found = /^\/(lead|customer)s\/(\w+)$/.exec(href ?? "");
  return found ? `/why/${found[1]}/${found[2]}` : undefined;
}

/** The part of the page at `href` that the drawer shows. */
export function partOf(href, base, more = {}) {
  const url = new URL(href, base);
  for (const [name, value] of Object.entries({ part: "1", ...more })) url.searchParams.set(name, value);
  return url;
}
