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

// The next scan replaces what was refused.
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-scan]")) event.target.select();
});
if (document.activeElement?.matches("[data-scan]")) document.activeElement.select();

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

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

for (const control of document.querySelectorAll("[data-submit-on-change]")) {
  control.addEventListener("change", () => control.form.requestSubmit());
}
