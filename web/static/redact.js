// Marking what outsiders see black: a rectangle drawn over the page fills the fields beside it, in thousandths.
"use strict";

const sheet = document.querySelector("[data-redact]");
const form = document.querySelector("[data-redact-form]");
const WHOLE = 1000;

function lay(part, [left, top, width, height]) {
  part.style.left = `${left / 10}%`;
  part.style.top = `${top / 10}%`;
  part.style.width = `${width / 10}%`;
  part.style.height = `${height / 10}%`;
}

if (sheet && form) {
  for (const part of sheet.querySelectorAll("[data-part]")) lay(part, part.dataset.part.split(" ").map(Number));
  const drawn = document.createElement("span");
  drawn.className = "black-part drawing";
  drawn.hidden = true;
  sheet.append(drawn);
  const names = ["left_permille", "top_permille", "width_permille", "height_permille"];
  let from = null;

  const place = (event) => {
    const box = sheet.querySelector("img").getBoundingClientRect();
    const share = (value, size) => Math.min(WHOLE, Math.max(0, Math.round((value / size) * WHOLE)));
    return [share(event.clientX - box.left, box.width), share(event.clientY - box.top, box.height)];
  };
  const fill = (to) => {
    const left = Math.min(from[0], to[0]), top = Math.min(from[1], to[1]);
    const part = [left, top, Math.abs(from[0] - to[0]), Math.abs(from[1] - to[1])];
    names.forEach((name, number) => { form.elements[name].value = part[number]; });
    lay(drawn, part);
    drawn.hidden = false;
  };
  sheet.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    from = place(event);
    sheet.setPointerCapture(event.pointerId);
  });
  sheet.addEventListener("pointermove", (event) => { if (from) fill(place(event)); });
  sheet.addEventListener("pointerup", (event) => { if (from) fill(place(event)); from = null; });
  for (const name of names) {
    form.elements[name].addEventListener("input", () => {
      lay(drawn, names.map((each) => Number(form.elements[each].value) || 0));
      drawn.hidden = false;
    });
  }
}
