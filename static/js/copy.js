// A button that copies a text field's content. Without JavaScript the field can be selected by hand.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  const said = button.parentElement.querySelector("[data-copy-said]");
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // No permission, or no secure context: what is selected can be copied by keyboard, and mostly by this.
    field.select();
    document.execCommand("copy");
  }
  said.textContent = button.dataset.copied;
});
