// Opens what htmx has loaded into #dialog-content as a native dialog. Without JavaScript the same links
// lead to pages of their own.
const dialog = document.getElementById("dialog");

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "dialog-content" && !dialog.open) {
    dialog.showModal();
  }
});

dialog?.addEventListener("click", (event) => {
  const closes = event.target.closest("[data-close-dialog]");
  // A click on the dialog itself, not on what is in it, is a click on the backdrop.
  if (closes || event.target === dialog) {
    event.preventDefault();
    dialog.close();
  }
});
