// Every page of the console. Without scripts all works but keys, the drawer on a phone, the theme, drafts and dialogs.
import "./buttons.js";
import "./drafts.js";
import "./forms.js";
import "./keys.js";
import "./countdowns.js";
import "./live.js";
import "./returning.js";
import { all } from "../shared/find.js";

const leave = (toast) => {
  if (!toast.matches(":hover,:focus-within")) toast.remove();
};
setTimeout(() => {
  for (const toast of all(".toast:not(.error)")) leave(toast);
}, 8000);
