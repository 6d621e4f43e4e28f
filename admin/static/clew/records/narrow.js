// The lists that narrow a timeline send themselves; days wait for the button, for one types them digit by digit.
document.addEventListener("change", (event) => {
  const list = event.target.closest("form[data-narrow] select");
  if (list) list.form.requestSubmit();
});
