// Two minutes before a session ends for want of use, the page says so and offers to stay. When it has ended the page stays as it
// is, covered, with all that was typed, until its person has signed in again in another tab.
const { idle, person } = document.body.dataset;
const NOTICE = 120;
const secondsLeft = () => Number(idle) - (Date.now() - Number(localStorage.getItem("used"))) / 1000;

const dialog = Object.assign(document.createElement("dialog"), { className: "idle" });
dialog.setAttribute("aria-labelledby", "idle-head");
const head = Object.assign(document.createElement("h2"), { id: "idle-head" });
const words = document.createElement("p");
const stay = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-main" });
const again = Object.assign(document.createElement("a"), {
  className: "btn", target: "_blank", textContent: "Sign in in a new tab", href: "/accounts/login/",
});
dialog.append(head, words, stay, again);
document.body.append(dialog);
dialog.addEventListener("cancel", (event) => event.preventDefault());

function show(title, text, action, isOver) {
  if (head.textContent !== title) Object.assign(head, { textContent: title });
  words.textContent = text;
  stay.textContent = action;
  again.hidden = !isOver;
  dialog.classList.toggle("idle-over", isOver);
  if (!dialog.open) dialog.showModal();
}

function look() {
  const left = secondsLeft();
  if (left > NOTICE) { if (dialog.open && !dialog.classList.contains("idle-over")) dialog.close(); return; }
  if (left > 0) {
    const minutes = Math.ceil(left / 60);
    show("Are you still there?", `You’ll be signed out in ${minutes} minute${minutes === 1 ? "" : "s"}. Nothing you typed will be lost.`, "Stay signed in", false);
  } else {
    show("You’ve been signed out", "This page wasn’t used for a while. What you typed is still here: sign in in a new tab, then continue.", "Continue", true);
  }
}

// A form's token is another one after each sign-in.
async function extend() {
  let answer;
  try {
    answer = await fetch("/accounts/stay/", { headers: { Accept: "application/json" } });
  } catch {
    words.textContent = "We couldn’t reach the server. Check your connection and try again.";
    return;
  }
  if (answer.status === 401) { localStorage.setItem("used", 0); look(); return; }
  if (!answer.ok) return;
  const told = await answer.json();
  if (String(told.person) !== person) { location.reload(); return; }
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = told.token;
  localStorage.setItem("used", Date.now());
  dialog.close();
}

stay.addEventListener("click", extend);
// Who types or points is there, though they ask for nothing.
let touched = 0;
for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, () => {
    if (dialog.open || secondsLeft() > Number(idle) - 300 || Date.now() - touched < 60_000) return;
    touched = Date.now();
    extend();
  });
}
addEventListener("storage", ({ key }) => { if (key === "used") { if (dialog.open && secondsLeft() > NOTICE) extend(); else look(); } });
setInterval(look, 5_000);
look();
