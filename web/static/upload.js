// Sends files one by one as raw request bodies, three at a time, and tells how far each one is. A file counts as stored
// only when the server has said so.
"use strict";

const form = document.querySelector("[data-upload]");
const input = form.querySelector("input[type=file]");
const list = form.querySelector("[data-list]");
const summary = form.querySelector("[data-sum]");
const AT_ONCE = 3;
const files = [];
const held = []; // chosen before the fields above were filled in

form.querySelector("[data-without-script]").hidden = true;
input.addEventListener("change", take);
take(); // what was chosen before this script had come
form.addEventListener("submit", (event) => event.preventDefault());

for (const kind of ["dragover", "dragleave", "drop"]) {
  form.addEventListener(kind, (event) => {
    event.preventDefault();
    form.querySelector("[data-drop]").classList.toggle("over", kind === "dragover");
  });
}
form.addEventListener("drop", (event) => add(event.dataTransfer.files));

window.addEventListener("beforeunload", (event) => {
  if (files.some((one) => one.state === "waiting" || one.state === "sending")) event.preventDefault();
});

form.addEventListener("change", (event) => {
  if (event.target !== input && held.length && form.checkValidity()) add(held.splice(0));
});

function take() {
  add(input.files);
  input.value = "";
}

function add(chosen) {
  if (!chosen.length) return;
  form.querySelector("[data-uploads]").hidden = false;
  if (!form.reportValidity()) {
    held.push(...chosen);
    summary.textContent = form.dataset.textHeld;
    return;
  }
  for (const file of chosen) files.push(row(file));
  next();
}

function row(file) {
  const line = document.createElement("li");
  const name = part(line, "span", "filename", file.name);
  name.title = file.name;
  const bar = part(line, "progress", "", "");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  const told = part(line, "span", "told", form.dataset.textWaiting);
  const again = part(line, "button", "btn btn-sm btn-outline-secondary", form.dataset.textRetry);
  again.type = "button";
  again.hidden = true;
  list.append(line);
  // The fields as they are now: what is changed afterwards is meant for later files.
  const fields = new URLSearchParams(new FormData(form));
  for (const field of ["csrf_token", "files"]) fields.delete(field);
  fields.set("name", file.name);
  const one = { file, fields, line, bar, told, again, state: "waiting" };
  again.addEventListener("click", () => {
    show(one, "waiting", form.dataset.textWaiting);
    next();
  });
  return one;
}

function part(parent, kind, classes, text) {
  const made = document.createElement(kind);
  made.className = classes;
  made.textContent = text;
  parent.append(made);
  return made;
}

function next() {
  while (files.filter((one) => one.state === "sending").length < AT_ONCE) {
    const one = files.find((candidate) => candidate.state === "waiting");
    if (!one) break;
    send(one);
  }
  const count = (state) => files.filter((one) => one.state === state).length;
  const sum = form.dataset.textAll.replace("{done}", count("done")).replace("{all}", files.length);
  summary.textContent = count("failed") ? `${sum} · ${form.dataset.textFailed.replace("{failed}", count("failed"))}` : sum;
}

function send(one) {
  if (!one.file.size) return fail(one, form.dataset.textEmpty, false);
  if (one.file.size > Number(form.dataset.limitBytes)) return fail(one, form.dataset.textLarge, false);
  show(one, "sending", "0 %");
  const request = new XMLHttpRequest();
  const target = form.dataset.upload;
  request.open("POST", `${target}${target.includes("?") ? "&" : "?"}${one.fields}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    const share = event.loaded / event.total;
    one.bar.value = share;
    one.told.textContent = share < 1 ? `${Math.floor(share * 100)} %` : form.dataset.textSent;
  });
  request.addEventListener("load", () => {
    if (request.status === 201) return done(one, request.response);
    if (request.status === 401) return fail(one, form.dataset.textLapsed);
    fail(one, request.response?.reason || form.dataset.textBroken, request.status !== 409 || request.getResponseHeader("Retry-After") !== null);
  });
  for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => fail(one, form.dataset.textBroken));
  // Read by us first: a file that was moved or locked since it was chosen fails here, not half-way.
  one.file.slice(0, 1).arrayBuffer().then(() => request.send(one.file), () => fail(one, form.dataset.textBroken));
}

// What has arrived is told below; it is fetched anew as files arrive, and every few seconds while one is being examined.
let fetching = 0;

async function renew() {
  clearTimeout(fetching);
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#arrived");
    if (fresh) {
      document.querySelector("#arrived").replaceWith(document.adoptNode(fresh));
      headCells(document.querySelector("#arrived"));
    }
  } catch { /* the connection is gone; the next try comes */ }
  const stored = document.querySelector("#arrived [data-examined='no']");
  if (stored && !document.hidden) fetching = setTimeout(renew, 4000);
}

function soon() {
  clearTimeout(fetching);
  fetching = setTimeout(renew, 1000);
}

document.addEventListener("visibilitychange", soon);
if (document.querySelector("#arrived [data-examined='no']")) soon();

function done(one, answer) {
  show(one, "done", form.dataset.textDone);
  const link = part(one.line, "a", "", form.dataset.textOpen);
  link.href = answer.url;
  soon();
  next();
}

// What failed comes first; another try is offered where it may help, not for what is empty or there already.
function fail(one, reason, again = true) {
  show(one, "failed", reason);
  one.again.hidden = !again;
  list.prepend(one.line);
  setTimeout(next, 0);
}

function show(one, state, text) {
  one.state = state;
  one.line.className = state;
  one.told.textContent = text;
  one.again.hidden = true;
  one.bar.hidden = state === "failed" || state === "done";
  one.bar.value = 0;
}
