// Opens what htmx has loaded into #dialog-content as a native dialog. Without JavaScript the same links
// lead to pages of their own.
document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = document.getElementById("dialog");
  if (event.target.id === "dialog-content" && !dialog.open) {
    dialog.showModal();
  }
});

document.addEventListener("click", (event) => {
  const dialog = document.getElementById("dialog");
  const closes = event.target.closest("[data-close-dialog]");
  // A click on the dialog itself, not on what is in it, is a click on the backdrop.
  if (dialog?.open && (closes || event.target === dialog)) {
    event.preventDefault();
    dialog.close();
  }
});

// What was asked for in the dialog is done; the answer says so and goes elsewhere (header HX-Trigger).
document.addEventListener("close-dialog", () => document.getElementById("dialog")?.close());

// Who fills in a day or a number means it.
document.addEventListener("input", (event) => {
  const picks = event.target.dataset?.picks;
  if (!picks || !event.target.value) return;
  const radio = event.target.form.querySelector(`input[type=radio][value="${picks}"]`);
  if (radio) radio.checked = true;
});
