// The editor of disclaimers: saves while one writes, keeps a copy until it is saved, previews, and drives the toolbar.
// Without it the page is a plain form with a button for the preview.
"use strict";

const form = document.querySelector("[data-editor]");
const text = form.querySelector("textarea");
const says = form.querySelector("[data-state]");
const preview = document.getElementById("preview");
const prefix = `draft:${form.dataset.person}:${form.dataset.team}:${form.dataset.number}`;
sessionStorage.tab ??= crypto.randomUUID();
const key = `${prefix}:${sessionStorage.tab}`; // two tabs do not take each other's copy
let savedText = text.defaultValue; // what the server sent: after a reload a browser may put back what was typed
let isSaving = false;
let saveTimer;
let previewTimer;

function say(words, kind, link) {
  says.textContent = words;
  says.dataset.kind = kind;
  if (link) says.append(" ", link);
}

function linkTo(words, href) {
  return Object.assign(document.createElement("a"), { href, textContent: words });
}

// A copy for this person and team in this browser, until the server has the text.
function keep() {
  try {
    localStorage.setItem(key, JSON.stringify({ text: text.value, revision: form.revision.value }));
  } catch {
    say("This browser can’t keep a backup copy. Save often.", "bad");
  }
}

function copies() {
  const found = Object.keys(localStorage).filter((name) => name.startsWith(prefix)).sort((a) => (a === key ? -1 : 1));
  return found.flatMap((name) => {
    try { return [[name, JSON.parse(localStorage.getItem(name))]]; } catch { return []; }
  });
}

// This tab's own copy, else one that another tab left behind. What the server has is no copy any more.
function restore() {
  const unsaved = [];
  for (const [name, kept] of copies()) {
    if (!kept || kept.text === text.defaultValue) localStorage.removeItem(name); else unsaved.push([name, kept]);
  }
  if (!unsaved.length) { if (text.value !== savedText) typed(); return; }
  const [name, kept] = unsaved[0];
  if (name !== key) localStorage.removeItem(name);
  text.value = kept.text;
  form.revision.value = kept.revision; // where someone saved meanwhile, the save below says so and both texts are shown
  say("Unsaved changes restored.", "wait");
  typed();
}

async function save() {
  clearTimeout(saveTimer);
  if (isSaving || text.value === savedText) return;
  isSaving = true;
  const sent = text.value;
  say("Saving…", "wait");
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual",
      headers: { Accept: "application/json" }, keepalive: sent.length < 30000,
    });
    await heard(answer, sent);
  } catch {
    say("You’re offline. Changes are kept in this browser and will be saved when you reconnect.", "bad");
    saveTimer = setTimeout(save, 5000);
  } finally {
    isSaving = false;
  }
  if (text.value !== sent && says.dataset.kind === "good") saveTimer = setTimeout(save, 1000);
}

async function heard(answer, sent) {
  const here = encodeURIComponent(location.pathname);
  if (answer.type === "opaqueredirect") {
    say("You’ve been signed out. Changes are kept in this browser.", "bad", linkTo("Sign in again", `/accounts/login/?next=${here}`));
  } else if (answer.status === 409) {
    const compare = Object.assign(document.createElement("button"), { type: "submit", className: "btn btn-main", textContent: "Compare versions" });
    say("Someone else saved changes. Nothing was overwritten, and your text is kept.", "bad", compare);
  } else if (answer.status === 403) {
    say("This page expired. Changes are kept in this browser.", "bad", linkTo("Reload page", location.pathname));
  } else if (!answer.ok) {
    say("Couldn’t save. Changes are kept in this browser. Trying again…", "bad");
    saveTimer = setTimeout(save, 5000);
  } else {
    const told = await answer.json();
    form.revision.value = told.revision;
    savedText = sent;
    if (text.value === sent) localStorage.removeItem(key); else keep();
    say(`Saved ${told.at}`, "good");
  }
}

function count() {
  const words = text.value.trim() ? text.value.trim().split(/\s+/).length : 0;
  const bytes = new TextEncoder().encode(JSON.stringify({ disclaimer_content: text.value })).length;
  const left = Number(form.dataset.mostBytes) - bytes;
  const said = left < 0 ? `${(-left).toLocaleString("en-US")} bytes over the limit` : `${left.toLocaleString("en-US")} bytes left`;
  form.querySelector("[data-size]").textContent = `${words.toLocaleString("en-US")} words, ${[...text.value].length.toLocaleString("en-US")} characters, ${said}`;
  return bytes;
}

function typed() {
  keep();
  if (says.dataset.kind !== "bad") say("Unsaved changes", "wait");
  clearTimeout(saveTimer);
  saveTimer = setTimeout(save, 1000);
  clearTimeout(previewTimer);
  previewTimer = setTimeout(() => {
    if (count() < Number(form.dataset.liveBytes)) htmx.trigger(preview, "preview");
  }, 200);
}

text.addEventListener("input", typed);
window.addEventListener("online", save);
window.addEventListener("pagehide", () => { if (text.value !== savedText) { keep(); save(); } });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });

// Signing out takes the copies of this browser along (app.js): what is not saved yet is saved first, or one stays.
for (const leave of document.querySelectorAll("[data-sign-out]")) {
  leave.addEventListener("submit", async (event) => {
    if (text.value === savedText) return;
    event.preventDefault();
    event.stopPropagation();
    await save();
    if (text.value === savedText) leave.requestSubmit();
    else say("Couldn’t save, so you’re still signed in: signing out would lose your changes.", "bad");
  });
}

// A preview that is refused, since one is signed out or the page is old, leaves the page and its text alone.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.elt !== preview) return;
  if (event.detail.xhr.status !== 200 || event.detail.xhr.getResponseHeader("HX-Redirect")) event.preventDefault();
});

// The preview follows the text by the share that is scrolled.
text.addEventListener("scroll", () => {
  const most = text.scrollHeight - text.clientHeight;
  if (most > 0) preview.scrollTop = (text.scrollTop / most) * (preview.scrollHeight - preview.clientHeight);
});

for (const choice of form.querySelectorAll("input[name=view]")) choice.addEventListener("change", () => htmx.trigger(preview, "preview"));

// A warning with one obvious remedy has a button for it, which the browser's own undo takes back.
function fix({ dataset }) {
  const [wrong, right] = JSON.parse(dataset.fix);
  const start = text.value.split("\n").slice(0, dataset.line - 1).join("\n").length + (dataset.line > 1 ? 1 : 0);
  const at = text.value.indexOf(wrong, start);
  if (at < 0) return;
  text.focus();
  text.setSelectionRange(at, at + wrong.length);
  document.execCommand(right ? "insertText" : "delete", false, right);
}

const offerFixes = () => { for (const button of preview.querySelectorAll("[data-fix]")) button.hidden = false; };
preview.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fix]");
  if (button) fix(button);
});
document.addEventListener("htmx:afterSwap", offerFixes);
offerFixes();

// What the toolbar element does not have; inserted so that the browser's own undo takes it back.
function insert(before, after) {
  text.focus();
  const chosen = text.value.slice(text.selectionStart, text.selectionEnd);
  document.execCommand("insertText", false, before + chosen + after);
  text.selectionEnd = text.selectionStart -= chosen ? 0 : after.length;
}

for (const button of form.querySelectorAll("[data-before]")) {
  button.addEventListener("click", () => insert(button.dataset.before, button.dataset.after));
}

text.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (event.key.toLowerCase() === "s") { event.preventDefault(); save(); return; }
  const button = form.querySelector(`[data-hotkey="${CSS.escape((event.shiftKey ? "shift+" : "") + event.key.toLowerCase())}"]`);
  if (button) { event.preventDefault(); button.click(); }
});

// The browser pastes and drops plain text, with its own undo. Plain text would bring deleted and struck words in among the
// others ("$10$12"), so text with such words is refused. It is not parsed: parsing styled HTML breaks the page's policy.
function isStruck(html) {
  const styles = html.split(/<\/style>/i);
  const body = styles.pop();
  if (/<(del|ins|s|strike)[\s>]/i.test(html) || /line-through/i.test(body)) return true;
  const struck = [...styles.join("").matchAll(/\.([\w-]+)\s*\{[^{}]*line-through/gi)].map(([, name]) => name.toLowerCase());
  const isMarked = new Set(struck);
  return [...body.matchAll(/class=["']?([\w-]+)/gi)].some(([, name]) => isMarked.has(name.toLowerCase()));
}

const refused = form.querySelector("[data-refused]");
for (const name of ["paste", "drop"]) {
  text.addEventListener(name, (event) => {
    refused.hidden = !isStruck((event.clipboardData ?? event.dataTransfer).getData("text/html"));
    if (!refused.hidden) event.preventDefault();
  });
}
text.addEventListener("input", () => { refused.hidden = true; });

form.classList.add("has-script");
count();
restore();
