// Small helps for every page: the search key, scanners, printing, asking before what cannot be undone.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector("[data-hotkey='/']");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// A scanner types the code and presses Enter: go on to the next code field of the form, and send it after the last, or
// after one of which the answer is to be seen at once.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-scan]") || !event.target.value) return;
  if (event.target.matches("[data-sends]")) return;
  const fields = [...event.target.form.querySelectorAll("[data-scan]")];
  const next = fields.slice(fields.indexOf(event.target) + 1).find((field) => !field.value);
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// The next scan replaces what was refused.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-scan]")) event.target.select();
});
if (document.activeElement?.matches("[data-scan]")) document.activeElement.select();

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A menu of further actions closes with Escape, and when one goes on elsewhere.
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector("details.more[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, (event) => {
    for (const open of document.querySelectorAll("details.more[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });
}

document.querySelector(".rail .on")?.scrollIntoView({ block: "nearest" });

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  // One click or scan, one request: the form rests until the answer comes.
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
  const button = event.submitter;
  if (button) setTimeout(() => { button.disabled = true; }, 0);
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button:disabled:not([data-kept-disabled])")) button.disabled = false;
});

// By the button whose id it names, or as the form is sent otherwise.
for (const control of document.querySelectorAll("[data-submit-on-change]")) {
  control.addEventListener("change", () => control.form.requestSubmit(document.getElementById(control.dataset.submitOnChange)));
}

// A phone shows the rows of a table as cards: each cell gets its heading.
function headCells(within) {
  for (const table of within.querySelectorAll("table.dense:has(> thead)")) {
    const headings = [...table.tHead.rows[0].cells].flatMap((cell) => {
      const words = cell.querySelector(".visually-hidden") ? "" : cell.textContent.replace(/[↑↓]/g, "").trim();
      return Array(cell.colSpan).fill(words);
    });
    const taken = headings.map(() => 0); // rows for which a cell from above still fills a column
    for (const row of [...table.tBodies, table.tFoot].flatMap((part) => [...(part?.rows || [])])) {
      let place = 0;
      for (const cell of row.cells) {
        while (taken[place]) place += 1;
        if (cell.colSpan === 1) cell.dataset.label = headings[place] || "";
        cell.classList.toggle("blank-cell", !cell.textContent.trim() && !cell.querySelector("img, input, button"));
        taken.fill(cell.rowSpan, place, place + cell.colSpan);
        place += cell.colSpan;
      }
      taken.forEach((rows, column) => (taken[column] = Math.max(0, rows - 1)));
    }
    for (const body of table.tBodies) letBreak(body);
  }
}

// Words of more than 18 signs get places to break at, after dots and hyphens where they have them.
function letBreak(within) {
  const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT, (text) =>
    /[!-~·]{19}/.test(text.data) && !text.parentElement.closest("select, textarea") ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_SKIP);
  const long = [];
  while (walker.nextNode()) long.push(walker.currentNode);
  for (const text of long) {
    const parts = text.data.split(/([!-~·]{19,})/).flatMap((part) =>
      /^[!-~·]{19}/.test(part) ? part.match(/[^.·-]{1,16}[.·-]?|[.·-]/g).flatMap((piece) => [piece, document.createElement("wbr")]) : [part]);
    text.replaceWith(...parts);
  }
}

headCells(document);

// What had been typed before signing in again: the form itself comes next, filled.
document.querySelector("form[data-send-at-once]")?.requestSubmit();

// Periods of a box: only those that items of the chosen category have.
for (const option of document.querySelectorAll("option[data-fits]")) {
  const category = option.form?.elements.namedItem("category") ?? option.closest("form").elements.namedItem("category");
  const offer = () => {
    option.hidden = option.disabled = !option.dataset.fits.split(" ").includes(category.value);
    const select = option.parentElement;
    if (select.selectedOptions[0]?.disabled ?? true) select.value = [...select.options].find((each) => each.dataset.fits.split(" ").includes(category.value))?.value ?? "";
  };
  category.addEventListener("change", offer);
  offer();
}
