// The lists that narrow a timeline send themselves; days wait for the button, for one types them digit by digit.
import { all } from "../shared/find.js";

for (const form of all("form[data-narrow]"))
  for (const list of all("select", form)) list.addEventListener("change", () => form.requestSubmit());
