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

// A scanner types the code and presses Enter: go on to the next code field of the form, and send it after the last.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-scan]") || !event.target.value) return;
  const fields = [...event.target.form.querySelectorAll("[data-scan]")];
  const next = fields.slice(fields.indexOf(event.target) + 1).find((field) => !field.value);
  if (!next) return;
  event.preventDefault();
  next.focus();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  // One click, one request: the button rests until the answer comes.
  const button = event.submitter;
  if (button && event.target.method === "post") setTimeout(() => { button.disabled = true; }, 0);
});

window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled:not([data-kept-disabled])")) button.disabled = false;
});

for (const control of document.querySelectorAll("[data-submit-on-change]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}

// What had been typed before signing in again: the form itself comes next, filled.
document.querySelector("form[data-send-at-once]")?.requestSubmit();
