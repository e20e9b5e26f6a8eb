// Keeps the action bar's sentence true while errors are ticked. The texts come from the page, so that they
// are translated where all texts are; the server checks every number again.
function update(form) {
  const boxes = [...form.querySelectorAll("input[name=errors]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const most = Number(form.dataset.most);
  const text = form.querySelector("[data-selection-text]");
  if (text) {
    const template = chosen > most ? text.dataset.tooMany : text.dataset.selected;
    text.textContent = template.replace("{n}", chosen).replace("{most}", most);
    text.classList.toggle("too-many", chosen > most);
  }
  const all = form.querySelector("[data-select-page]");
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-selection]");
  if (!form) return;
  if (event.target.matches("[data-select-page]")) {
    for (const box of form.querySelectorAll("input[name=errors]")) {
      box.checked = event.target.checked;
    }
  }
  update(form);
});

function updateAll() {
  document.querySelectorAll("form[data-selection]").forEach(update);
}

document.addEventListener("htmx:afterSettle", updateAll);
window.addEventListener("pageshow", updateAll);
updateAll();
