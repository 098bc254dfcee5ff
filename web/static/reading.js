// The reading view of outside inquirers: arrow keys turn pages.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const turn = { ArrowLeft: "prev", PageUp: "prev", ArrowRight: "next", PageDown: "next" }[event.key];
  const page = turn && document.querySelector(`.pager a[rel=${turn}]`);
  if (page) {
    event.preventDefault();
    page.click();
  }
});
