// Reads barcodes with the camera into a code field and sends its form, where the browser has a BarcodeDetector and the
// page may use the camera; elsewhere it says so, and codes are typed or scanned as ever.
"use strict";

const AGAIN_AFTER_MS = 2500; // the same code is not read twice while it is held before the camera
const LOOK_EVERY_MS = 200;
const KEPT_OPEN = "anjuan.camera";
const LAST_READ = "anjuan.camera.last"; // outlives the page that it was sent from: what is held there is not read twice

for (const box of document.querySelectorAll("[data-camera]")) readyCamera(box);

async function readyCamera(box) {
  const part = (name) => box.querySelector(`[data-camera-${name}]`);
  const able = "BarcodeDetector" in window && navigator.mediaDevices && (await BarcodeDetector.getSupportedFormats()).length;
  if (!able) {
    part("none").hidden = false;
    return;
  }
  const detector = new BarcodeDetector();
  const video = part("view");
  let stream = null;
  let last = JSON.parse(sessionStorage.getItem(LAST_READ)) ?? { code: "", at: 0 };

  async function look() {
    if (!stream) return;
    const found = await detector.detect(video).catch(() => []);
    const code = found[0]?.rawValue;
    const fresh = code && (code !== last.code || Date.now() - last.at > AGAIN_AFTER_MS);
    if (code) {
      last = { code, at: Date.now() };
      sessionStorage.setItem(LAST_READ, JSON.stringify(last));
    }
    if (fresh) {
      const field = box.closest("form").elements.namedItem(box.dataset.camera);
      field.value = code;
      navigator.vibrate?.(60);
      box.closest("form").requestSubmit();
    }
    setTimeout(look, LOOK_EVERY_MS);
  }

  async function start() {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      part("none").textContent = box.dataset.textDenied;
      part("none").hidden = false;
      stop();
      return;
    }
    video.srcObject = stream;
    await video.play();
    if (sessionStorage.getItem(KEPT_OPEN)) last.at = Date.now(); // the page comes again: what was read is held there still
    sessionStorage.setItem(KEPT_OPEN, "yes");
    show();
    look();
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    sessionStorage.removeItem(KEPT_OPEN);
    show();
  }

  function show() {
    video.hidden = part("stop").hidden = !stream;
    part("start").hidden = Boolean(stream);
  }

  part("start").addEventListener("click", start);
  part("stop").addEventListener("click", stop);
  show();
  if (sessionStorage.getItem(KEPT_OPEN)) start(); // the page was sent and comes again: go on reading
}
