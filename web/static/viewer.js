// The viewer: arrow keys turn pages, plus and minus zoom, the next page is fetched ahead.
"use strict";

const stage = document.querySelector("[data-stage]");
const STEPS = [0.5, 0.75, 1, 1.5, 2, 3, 4];
let zoom = STEPS.indexOf(1);

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, audio, video") || event.ctrlKey || event.metaKey || event.altKey) return;
  const turn = { ArrowLeft: "prev", PageUp: "prev", ArrowRight: "next", PageDown: "next" }[event.key];
  const page = turn && document.querySelector(`.pager a[rel=${turn}]`);
  if (page && !(STEPS[zoom] > 1 && event.target === stage)) {
    event.preventDefault();
    page.click();
  }
  const asked = { "+": "in", "=": "in", "-": "out", 0: "fit" }[event.key];
  if (stage && asked) show(asked);
});

if (stage) {
  const tools = document.querySelector("[data-zoom-tools]");
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-zoom]");
    if (asked) show(asked.dataset.zoom);
  });
  const next = stage.querySelector("[data-next]");
  if (next) window.addEventListener("load", () => { new Image().src = next.dataset.next; });
}

function show(asked) {
  if (asked === "fit") zoom = STEPS.indexOf(1);
  else zoom = Math.min(STEPS.length - 1, Math.max(0, zoom + (asked === "in" ? 1 : -1)));
  const picture = stage.querySelector("img");
  stage.classList.toggle("zoomed", STEPS[zoom] !== 1);
  picture.style.width = STEPS[zoom] === 1 ? "" : `${STEPS[zoom] * 100}%`;
}

// A recording in a container that browsers open, with content that they do not play, would wait for ever.
for (const player of document.querySelectorAll(".player video, .player audio")) {
  const note = player.parentElement.querySelector("[data-unplayed]");
  const unplayed = () => {
    player.hidden = player.tagName === "AUDIO" || !player.poster;
    player.controls = false;
    note.hidden = false;
  };
  player.addEventListener("error", unplayed);
  // Sound alone is played where the pictures are not: a film without width is no film.
  player.addEventListener("loadedmetadata", () => { if (player.tagName === "VIDEO" && !player.videoWidth) unplayed(); });
  if (player.error) unplayed();
}
