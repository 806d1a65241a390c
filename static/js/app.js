// What a page does beyond plain HTML: keys, menus that close, and word to screen readers. Without it everything works.
"use strict";

const typing = (element) => element.matches("input, select, textarea, [contenteditable]");

function rowLinks() {
  return [...document.querySelectorAll("[data-rows] .row-link")];
}

function moveRow(step) {
  const links = rowLinks();
  if (!links.length) return false;
  const here = links.indexOf(document.activeElement?.closest("tr")?.querySelector(".row-link"));
  const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + step));
  links[next].focus();
  return true;
}

// "/" searches; j, k and the arrows go through rows, or through investments on a detail page; u goes back to the list.
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    const find = document.querySelector("[data-find]");
    if (find && !event.target.closest("[data-keeps-k]")) { find.focus(); find.select(); event.preventDefault(); }
    return;
  }
  if (localStorage.getItem("shortcuts") === "off") return;
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { search.focus(); search.select(); event.preventDefault(); }
  } else if (event.key === "?") {
    document.querySelector("[popovertarget=help]")?.click();
  } else if (link) {
    link.click();
  } else if (event.key === "j" || (event.key === "ArrowDown" && document.activeElement?.closest("[data-rows]"))) {
    if (moveRow(1)) event.preventDefault();
  } else if (event.key === "k" || (event.key === "ArrowUp" && document.activeElement?.closest("[data-rows]"))) {
    if (moveRow(-1)) event.preventDefault();
  }
});

// Find anything suggests from three letters on; the arrows go through what it found, and Escape puts it away.
const hitsOf = (find) => document.getElementById(find.getAttribute("aria-controls"));
document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-find]")) return;
  if (event.target.value.trim().length > 2) htmx.trigger(event.target, "suggest");
  else { htmx.trigger(event.target, "htmx:abort"); hitsOf(event.target).replaceChildren(); }
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest(".find");
  const find = form?.querySelector("[data-find]");
  if (!find) return;
  const stops = [find, ...form.querySelectorAll(".hits a")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape" && stops.length > 1) { hitsOf(find).replaceChildren(); find.focus(); event.preventDefault(); }
  if (!step || stops.length < 2) return;
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
  event.preventDefault();
});

// Single keys can be switched off: a dictated word or a braille display may send them unmeant.
const switcher = document.querySelector("[data-shortcuts]");
if (switcher) {
  const say = () => { switcher.textContent = `Single-key shortcuts: ${localStorage.getItem("shortcuts") === "off" ? "off" : "on"}`; };
  switcher.hidden = false;
  switcher.addEventListener("click", () => {
    localStorage.setItem("shortcuts", localStorage.getItem("shortcuts") === "off" ? "on" : "off");
    say();
  });
  say();
}

// Values with commas between them; one that holds a comma stands in quotation marks, as in a CSV line.
const listed = (text) => [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)]
  .map(([, inQuotes, bare]) => (inQuotes?.replaceAll('""', '"') ?? bare).trim()).filter(Boolean);
const quoted = (value) => (/[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

// A value that is ticked is written into the text.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tick]")) return;
  const text = document.getElementById("operand");
  const others = listed(text.value).filter((part) => part !== event.target.value);
  text.value = (event.target.checked ? [...others, event.target.value] : others).map(quoted).join(",");
});

// Applied, a filter's popover closes and gives the focus back. Its counts were made beside other filters, so they go.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-bar]") || event.submitter?.matches(".count-each")) return;
  for (const open of event.target.querySelectorAll(":popover-open")) open.hidePopover();
  for (const tally of event.target.querySelectorAll(".tally, [role=status]")) tally.textContent = "";
});

// Use, in any tab, keeps a session open; what a page asks for by itself is none. Whether it is about to end is looked at once a
// minute has passed.
const used = () => localStorage.setItem("used", Date.now());
if (document.body.dataset.idle) {
  used();
  document.addEventListener("htmx:afterRequest", ({ detail }) => { if (!("X-Poll" in detail.requestConfig.headers)) used(); });
  setTimeout(() => import(document.body.dataset.idleScript), 60_000);
}

// Once a minute, while the page is looked at, the list is asked whether rows are newer.
setInterval(() => {
  const newer = document.querySelector("[data-newer]");
  if (newer && document.visibilityState === "visible") htmx.trigger(newer, "newer");
}, 60000);

// A file that was waited for is downloaded by itself, once.
document.addEventListener("htmx:afterSwap", () => {
  const file = document.querySelector("[data-download-now]");
  if (!file) return;
  file.removeAttribute("data-download-now");
  file.click();
});

// A file to be verified stays here: its hash alone is sent, and its manifest if that is dropped too.
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
document.addEventListener("change", async (event) => {
  if (event.target.id !== "dropped") return;
  const form = event.target.form;
  const says = form.querySelector("[data-says]");
  for (const file of event.target.files) {
    says.textContent = `Reading ${file.name}…`;
    try {
      if (file.name.endsWith(".manifest.json")) form.manifest.value = await file.text();
      else form.sha256.value = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    } catch {
      says.textContent = `${file.name} couldn’t be read. Enter its SHA-256 instead.`;
      return;
    }
  }
  if (form.sha256.value) form.requestSubmit();
  else says.textContent = "Now choose the file itself.";
});
for (const zone of document.querySelectorAll("[data-drop]")) zone.hidden = !window.crypto?.subtle;

// A password that is shown once can be copied as it stands.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-text]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copyText).textContent);
  button.textContent = "Copied";
});
for (const button of document.querySelectorAll("[data-copy-text]")) button.hidden = !navigator.clipboard;

// An empty date is marked: WebKit writes today into it, which the stylesheet keeps from being seen.
const markEmptyDates = () => { for (const day of document.querySelectorAll("input[type=date]")) day.toggleAttribute("data-empty", !day.value); };
document.addEventListener("input", markEmptyDates);
markEmptyDates();

// Text to copy: a button where the browser can, else the text is there to be marked.
const offerCopying = () => { for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = !navigator.clipboard; };
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
  button.textContent = "Copied";
});
offerCopying();

// Two texts are brought together on a page of their own: the copy in this browser follows, until it is saved or let go.
document.addEventListener("submit", (event) => {
  const { keepAs } = event.target.dataset;
  if (keepAs) localStorage.setItem(`${keepAs}:${sessionStorage.tab}`, JSON.stringify({ text: event.target.text.value, revision: event.target.revision.value }));
});
// Who signs out leaves no text behind in this browser.
document.addEventListener("submit", (event) => {
  const { signOut } = event.target.dataset;
  if (signOut === undefined) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith(`draft:${signOut}:`)) localStorage.removeItem(name);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-let-go]");
  if (link) localStorage.removeItem(`${link.dataset.letGo}:${sessionStorage.tab}`);
});

// A click that asks for a tab of its own is the browser's; so is every click on a page that is being left (see below).
let leaving = false;
document.addEventListener("click", (event) => {
  if (!event.target.closest("a[hx-get]")) return;
  if (leaving || event.ctrlKey || event.metaKey || event.shiftKey) event.stopImmediatePropagation();
}, true);
document.addEventListener("submit", (event) => { if (leaving) event.stopImmediatePropagation(); }, true);

// Back and Forward load the page anew: an answer on its way must not come between.
addEventListener("popstate", (event) => {
  if (!event.state?.htmx) return;
  leaving = true;
  if (document.getElementById("listing")) htmx.trigger("#listing", "htmx:abort");
});

// A browser that kept the page whole would show its rows again, even after sign-out.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// What was used is marked until its answer is there; one that takes long says so above the former rows, and can be stopped.
const asksForRows = ({ detail }) => document.getElementById("results") && !detail.elt.matches("[data-quiet], .count-each");
let slow;
function answered(event) {
  if (!asksForRows(event)) return;
  clearInterval(slow?.timer);
  slow?.note.remove();
  event.detail.elt.classList.remove("taken");
  document.getElementById("results").removeAttribute("aria-busy");
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!asksForRows(event)) return;
  answered(event);
  event.detail.elt.classList.add("taken");
  document.getElementById("results").setAttribute("aria-busy", "true");
  const note = Object.assign(document.createElement("p"), { className: "slow" });
  const words = Object.assign(document.createElement("span"), { role: "status" });
  const stop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-small", textContent: "Stop waiting" });
  stop.addEventListener("click", () => htmx.trigger("#listing", "htmx:abort"));
  note.append(words, " ", stop);
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    if (seconds === 2) document.getElementById("results").before(note);
    words.textContent = `Issuance is taking longer than usual (${seconds} seconds so far).`;
  }, 1000);
  slow = { timer, note };
});
document.addEventListener("htmx:afterRequest", answered);

// An answer takes the place of the whole listing. What was typed and not sent stays as it was typed.
const typed = new Set();
document.addEventListener("input", (event) => { if (event.target.closest("[data-bar]")) typed.add(event.target.id); });
document.addEventListener("submit", (event) => { if (event.target.matches("[data-bar]")) typed.clear(); });

let before;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "listing") return;
  const used = document.activeElement;
  before = {
    texts: [...typed].map((id) => [id, document.getElementById(id)?.value]),
    open: [...document.querySelectorAll(".bar :popover-open")].map((popover) => popover.id),
    used: event.detail.target.contains(used) ? used : null,
  };
});

// The focus stays on what was used; where that went with the swap, it goes to the table.
function restore({ texts, open, used }) {
  for (const [id, text] of texts) Object.assign(document.getElementById(id) ?? {}, { value: text });
  for (const id of open) document.getElementById(id)?.showPopover();
  if (!used) return;
  const next = document.getElementById(used.id) ?? document.getElementById(used.closest("#adder") ? "add-filter" : "");
  (next ?? document.querySelector("[data-landing]"))?.focus();
  if (next?.id === used.id && used.selectionEnd != null) next.setSelectionRange(used.selectionStart, used.selectionEnd);
}

// The count of the new rows is said.
document.addEventListener("htmx:afterSwap", (event) => {
  offerCopying();
  if (event.detail.target.id === "listing") restore(before);
  markEmptyDates();
  if (event.detail.target.id !== "listing") return;
  const live = document.getElementById("live");
  const said = document.querySelector("[data-announce]");
  if (live && said) live.textContent = said.textContent.replace(/\s+/g, " ").trim();
});
