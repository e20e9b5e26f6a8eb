// Small courtesies: menus close, focus follows what has been opened, filters apply when chosen.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    // A link that loads something into this page has done its part as well.
    const chosen = event.target.closest("a[hx-get]");
    if (!menu.contains(event.target)) menu.open = false;
    if (chosen && menu.contains(chosen)) {
      // A dialog gives the focus back to where it was: not to a link in a closed menu.
      menu.querySelector("summary").focus();
      menu.open = false;
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = event.target.querySelector?.("[data-focus]") ?? null;
  if (wanted) {
    wanted.removeAttribute("data-focus");
    wanted.focus({ preventScroll: true });
    wanted.scrollIntoView({ block: "nearest" });
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-apply]")) event.target.form.requestSubmit();
});
