// Forms of files and items: another line for a member, and what a kind of document proposes. Both work without this too.
"use strict";

for (const button of document.querySelectorAll("[data-add-line]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const lines = document.querySelector(`[data-lines="${button.dataset.addLine}"]`);
    const number = lines.children.length;
    const line = lines.lastElementChild.cloneNode(true);
    const renumbered = (text) => text.replace(`${button.dataset.addLine}-${number - 1}-`, `${button.dataset.addLine}-${number}-`);
    for (const element of line.querySelectorAll("[id], [name], [for]")) {
      for (const name of ["id", "name", "for"]) {
        if (element.hasAttribute(name)) element.setAttribute(name, renumbered(element.getAttribute(name)));
      }
      element.classList.remove("is-invalid");
      element.removeAttribute("aria-invalid");
      element.removeAttribute("aria-describedby");
    }
    for (const field of line.querySelectorAll("input, select")) field.value = "";
    for (const once of line.querySelectorAll(".wrong, [data-once]")) once.remove();
    const legend = line.querySelector("legend");
    legend.textContent = legend.textContent.replace(number, number + 1);
    lines.append(line);
    line.querySelector("input").focus();
    button.hidden = number + 1 >= Number(button.dataset.most);
  });
}

for (const button of document.querySelectorAll("[data-proposes]")) {
  const form = button.form;
  const kinds = form.elements.namedItem("document_type");
  const title = form.elements.namedItem("title");
  const proposed = new Set([...kinds.options].map((kind) => kind.dataset.title).filter(Boolean));
  button.hidden = true;
  kinds.addEventListener("change", () => {
    const kind = kinds.selectedOptions[0].dataset;
    if (!kind.title) return;
    if (!title.value || proposed.has(title.value)) title.value = kind.title;
    form.elements.namedItem("form").value = kind.form;
    const classes = form.elements.namedItem("retention_class");
    if ([...classes.options].some((line) => line.value === kind.retention)) classes.value = kind.retention;
  });
}
