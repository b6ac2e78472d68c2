/* Asks the browser for a passkey (WebAuthn) and sends its answer with the form, as a field like any other. Fetches
   nothing and keeps nothing; without it every other way stands on the page. */
"use strict";
(() => {
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), char => char.charCodeAt(0));
  const text = raw => btoa(String.fromCharCode(...new Uint8Array(raw)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = keys => keys.map(key => ({ ...key, id: bytes(key.id) }));

  const ASK = {
    create: asked => navigator.credentials.create({ publicKey: { ...asked, challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) }, excludeCredentials: named(asked.excludeCredentials) } }),
    get: asked => navigator.credentials.get({ publicKey: { ...asked, challenge: bytes(asked.challenge),
      allowCredentials: named(asked.allowCredentials) } }),
  };
  const PARTS = { create: ["clientDataJSON", "attestationObject"],
    get: ["clientDataJSON", "authenticatorData", "signature"] };

  function spelt(key, parts) {
    const response = Object.fromEntries(parts.map(part => [part, text(key.response[part])]));
    return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response });
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const kind = form.dataset.passkey, begin = form.querySelector("[data-begin]"), code = form.elements.code;
    const say = which => form.querySelectorAll("[data-said]").forEach(each => { each.hidden = each.dataset.said !== which; });
    if (!window.PublicKeyCredential) { say("unable"); continue; }
    form.querySelectorAll("[data-able]").forEach(each => { each.hidden = false; });
    begin.addEventListener("click", async event => {
      event.preventDefault();
      if (code) code.required = false;  // the key stands in for it
      const whole = form.reportValidity();
      if (code) code.required = true;
      if (!whole) return;
      say("");
      begin.disabled = true;
      try {
        form.elements.credential.value = spelt(await ASK[kind](JSON.parse(form.dataset.options)), PARTS[kind]);
        form.submit();
      } catch {
        say("failed");
      } finally {
        begin.disabled = false;
      }
    });
  }
})();
