// Counting that survives a lost connection: each scan gets an id of its own, is kept in this browser until the server
// has said that it has it, and is sent in order as often as it takes. The server takes each id once.
"use strict";

const page = document.querySelector("[data-stocktake]");
if (page) count(page);

function count(page) {
  const AT_ONCE = 50;
  const AGAIN_AFTER_MS = 4000;
  const PATIENCE_MS = 20000;
  const form = page.querySelector("[data-count-form]");
  const field = form.elements.namedItem("code");
  const log = page.querySelector("[data-log]");
  const prefix = `anjuan.stocktake.${page.dataset.stocktake}.${page.dataset.person}.`;
  const lastSpot = `${prefix}spot`;
  const placed = `${prefix}placed`; // the counter and the number of its last scan: a reload goes on as the same page
  const [counter, before] = (sessionStorage.getItem(placed) ?? `${own()} 0`).split(" ");
  const waiting = new Map(); // scans by id, in the order in which they were made
  const rows = new Map();
  let sequence = Number(before);
  let sending = false;
  let timer = 0;

  function own() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function keep(scan) {
    waiting.set(scan.key, scan);
    try {
      localStorage.setItem(prefix + scan.key, JSON.stringify(scan));
    } catch {
      tell(page.dataset.textNoStore);
    }
  }

  function forget(key) {
    waiting.delete(key);
    localStorage.removeItem(prefix + key);
  }

  // What an earlier page of this browser had not sent yet, the oldest first.
  function remember() {
    const kept = Object.keys(localStorage).filter((name) => name.startsWith(prefix)).map((name) => JSON.parse(localStorage.getItem(name)));
    kept.sort((one, other) => one.at.localeCompare(other.at) || one.sequence - other.sequence);
    for (const scan of kept) {
      waiting.set(scan.key, scan);
      row(scan);
    }
  }

  function scanned(code) {
    const scan = { key: own(), counter, sequence: ++sequence, code, at: new Date().toISOString() };
    sessionStorage.setItem(placed, `${counter} ${sequence}`);
    keep(scan);
    row(scan);
    send();
  }

  async function send() {
    clearTimeout(timer);
    if (sending || !waiting.size) return show();
    sending = true;
    show();
    const batch = [...waiting.values()].slice(0, AT_ONCE);
    let taken = false;
    try {
      const answer = await fetch(page.dataset.url, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "Accept": "application/json",
          "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
        },
        body: JSON.stringify({ scans: batch }),
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.ok) {
        take(await answer.json());
        taken = true;
      } else if (answer.type === "opaqueredirect" || answer.status === 400 || answer.status === 401) {
        tell(page.dataset.textSignedOut);
      } else {
        const told = await answer.json().catch(() => ({}));
        tell(`${page.dataset.textRefused} ${told.reason ?? answer.status}`);
      }
    } catch {
      tell(page.dataset.textOffline);
    }
    sending = false;
    if (taken && waiting.size) return send();
    if (waiting.size) timer = setTimeout(send, AGAIN_AFTER_MS);
    show();
  }

  function take(told) {
    tell("");
    for (const result of told.results) {
      forget(result.key);
      fill(rows.get(result.key), result);
      if (result.undoes) fill(rows.get(result.undoes), { words: page.dataset.textUndone, kind: "ok", title: "", settles: [] });
      if (result.stands) stand(result.stands);
    }
    for (const key of told.unread) {
      forget(key);
      fill(rows.get(key), { words: page.dataset.textUnread, kind: "late", title: "", settles: [] });
    }
    for (const [name, number] of Object.entries(told.counts)) page.querySelector(`[data-count="${name}"]`).textContent = number;
  }

  function stand(where) {
    sessionStorage.setItem(lastSpot, where);
    page.querySelector("[data-spot]").textContent = where;
  }

  function row(scan) {
    const line = document.createElement("li");
    line.append(part("span", "code", scan.code), " ", part("span", "tag due", page.dataset.textWaiting));
    rows.set(scan.key, line);
    log.prepend(line);
  }

  function fill(line, result) {
    if (!line) return;
    const code = line.querySelector(".code");
    line.replaceChildren(code, " ", part("span", `tag ${result.kind}`, result.words), " ", part("span", "", result.title));
    if (result.expected) line.append(" ", part("span", "none", `→ ${result.expected}`));
    if (result.extra) line.append(" ", tap("[data-extra]", result.extra));
    if (!result.settles.length) return;
    if (result.settles.includes("registered")) line.append(" ", tap("[data-put-right]", result.tap));
    else {
      const link = part("a", "", page.dataset.textSettle);
      link.href = result.line;
      line.append(" ", link);
    }
  }

  // One tap puts a misplaced one right, or says that an unknown one lies there; it needs the connection, and leaves the
  // page where it is.
  function tap(template, address) {
    const made = document.querySelector(template).content.firstElementChild.cloneNode(true);
    made.action = address;
    made.addEventListener("submit", async (event) => {
      event.preventDefault();
      delete made.dataset.sent;
      const fields = new FormData(made);
      fields.set("outcome", event.submitter.value);
      try {
        const answer = await fetch(made.action, { method: "POST", headers: { "Accept": "application/json" }, body: fields, redirect: "manual" });
        const told = await answer.json();
        made.replaceWith(part("span", answer.ok ? "tag ok" : "wrong", told.said ?? told.reason ?? page.dataset.textNotSettled));
      } catch {
        tell(page.dataset.textNotSettled);
      }
      field.focus();
    });
    return made;
  }

  function part(kind, classes, text) {
    const made = document.createElement(kind);
    made.className = classes;
    made.textContent = text;
    return made;
  }

  function tell(text) {
    const problem = page.querySelector("[data-problem]");
    problem.textContent = text;
    problem.hidden = !text;
  }

  function show() {
    page.querySelector("[data-waiting-number]").textContent = waiting.size;
    page.querySelector("[data-waiting]").hidden = !waiting.size;
    page.querySelector("[data-sent]").hidden = Boolean(waiting.size);
    page.querySelector("[data-spot]").classList.toggle("none", Boolean(waiting.size)); // as the server last knew it
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = field.value.trim();
    field.value = "";
    field.focus();
    if (code) scanned(code);
  });
  window.addEventListener("online", send);
  window.addEventListener("beforeunload", (event) => {
    if (waiting.size) event.preventDefault();
  });

  const spot = sessionStorage.getItem(lastSpot);
  if (spot) stand(spot); // the page was loaded anew: it goes on where it counted
  remember();
  send();
}
