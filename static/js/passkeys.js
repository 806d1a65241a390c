// Passkeys: a form's button asks the browser, and what it answers is sent with the form.
const asks = {
  async "sign-in"(form) {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("refused");
    return webauthnJSON.get((await answer.json()).request_options);
  },
  get: () => webauthnJSON.get(options().request_options),
  create(form) {
    const wanted = options().creation_options;
    if (form.passwordless?.checked) {
      Object.assign(wanted.publicKey.authenticatorSelection, {
        residentKey: "required", requireResidentKey: true, userVerification: "required",
      });
    }
    return webauthnJSON.create(wanted);
  },
};
const options = () => JSON.parse(document.getElementById("passkey-options").textContent);
const WORDS = {
  NotAllowedError: "Nothing was confirmed in time. Try again, or use another way.",
  InvalidStateError: "This device already has a passkey for your account.",
  SecurityError: "Passkeys don’t work at this address.",
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !window.PublicKeyCredential;
  const credential = form.querySelector("input[name$=credential]");
  const says = form.querySelector("[role=alert]");
  let isAnswered = false;
  form.addEventListener("submit", async (event) => {
    if (isAnswered) return;
    event.preventDefault();
    says.hidden = true;
    try {
      credential.value = JSON.stringify(await asks[form.dataset.passkey](form));
      isAnswered = true;
      form.requestSubmit();
    } catch (error) {
      says.textContent = WORDS[error.name] ?? "That didn’t work. Try again, or use another way.";
      says.hidden = false;
    }
  });
}
