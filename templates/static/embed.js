// Puts Sarnakh forms into a page:
//
//   <div data-sarnakh-form="KEY"></div>
//   <script src="https://…/embed.js" async></script>
//
// Each form lives in a shadow root, so that neither page nor form spoils the other's
// looks; --sarnakh-accent on the page changes its one colour. Nothing is loaded
// besides this file and the form, and no cookie is set.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const utm = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("utm_"));
  const id = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(36).padStart(2, "0")).join("").slice(0, 26);

  // A number that recognises the browser on this site; it names nobody.
  const visitor = () => {
    try {
      return (localStorage.sarnakh ??= id());
    } catch {
      return id(); // storage is switched off
    }
  };

  // The day on which this browser was last counted for a form here; nothing where it keeps
  // nothing, and then it is not counted.
  const counted = (key, name, day) => {
    try {
      if (day) localStorage["sarnakh-" + key] = day;
      return [[name, (localStorage["sarnakh-" + key] ??= "")]];
    } catch {
      return [];
    }
  };
  const asked = new Set();

  const style = `
:host{display:block;color-scheme:inherit;--a:var(--sarnakh-accent,#0f766e)}
*{box-sizing:border-box;font:inherit}
h2{font-size:1.3em;font-weight:700;margin:0 0 .3em}
p{margin:0 0 1em}
form{display:grid;gap:1em}
.field{display:grid;gap:.35em}
label{font-weight:600;font-size:.92em}
.check{display:flex;gap:.6em;font-weight:400;align-items:start}
.check input{width:auto;margin:.3em 0 0;accent-color:var(--a)}
input,select,textarea{width:100%;padding:.55em .7em;border:1px solid #8889;border-radius:8px;background:Field;color:FieldText}
:is(input,select,textarea,button):focus-visible{outline:3px solid color-mix(in srgb,var(--a) 40%,transparent);outline-offset:1px}
[aria-invalid]{border-color:#c62828}
.error,.bad{color:#c62828;font-size:.87em}
.hint,.optional{opacity:.7;font-size:.87em;font-weight:400}
button{justify-self:start;padding:.65em 1.4em;border:0;border-radius:8px;background:var(--a);color:#fff;font-weight:650;cursor:pointer}
button:disabled{opacity:.6;cursor:progress}
.sr-only{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
@media(prefers-color-scheme:dark){.error,.bad{color:#ff8a80}}`;

  const element = (tag, text, name) => {
    const e = document.createElement(tag);
    if (text) e.textContent = text;
    if (name) e.className = name;
    return e;
  };

  // The messages of a refused submission, each beside its field.
  const complain = (form, problem) => {
    for (const e of form.querySelectorAll(".error,.bad")) e.remove();
    for (const e of form.querySelectorAll("[aria-invalid]")) e.removeAttribute("aria-invalid");
    let first;
    for (const [name, text] of Object.entries(problem.fields ?? {})) {
      const input = form.elements[name];
      if (!input) continue;
      input.setAttribute("aria-invalid", "true");
      input.closest(".field").append(element("span", text, "error"));
      first ??= input;
    }
    if (first) return first.focus();
    const alert = element("p", problem.detail || problem.title, "bad");
    alert.role = "alert";
    form.prepend(alert);
  };

  const mount = async (host) => {
    if (host.sarnakh) return; // the script may stand in a page twice
    host.sarnakh = true;
    const lang = host.lang || document.documentElement.lang.slice(0, 2);
    const key = host.dataset.sarnakhForm;
    const ask = (more) => fetch(`${origin}/f/${encodeURIComponent(key)}/embed?` + new URLSearchParams([["lang", lang], ...more]), { credentials: "omit" }).catch((e) => e);
    const first = !asked.has(key); // it may stand in the page twice
    asked.add(key);
    let answer = await ask(first ? counted(key, "counted") : []);
    if (answer.ok) counted(key, "", answer.headers.get("Sarnakh-Counted"));
    // Of a form with several versions, ask for this visitor's.
    if (answer.ok && answer.headers.get("Sarnakh-Split")) answer = await ask([...utm, ["visitor", visitor()], ["from", document.referrer]]);
    // What stands in the place of a form that cannot be had stays there.
    if (!answer.ok) return console.warn(`Sarnakh: no form "${key}" (${answer.status ?? answer.message})`);
    const html = await answer.text();
    const root = host.attachShadow({ mode: "open" });
    root.innerHTML = `<style>${style}</style>${html}`;
    const form = root.querySelector("form");
    if (!form) return;
    host.dir = form.dir;
    const once = id();
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      if (button.disabled) return;
      button.disabled = true;
      const body = new URLSearchParams(new FormData(form));
      for (const [name, value] of [...utm, ...counted(key, "_counted"), ["_once", once], ["_lang", form.lang], ["_visitor", visitor()], ["_page", location.origin + location.pathname], ["_referrer", document.referrer]]) body.set(name, value);
      try {
        const reply = await fetch(form.getAttribute("action"), { method: "POST", body, credentials: "omit", headers: { Accept: "application/json" } });
        const said = await reply.json();
        if (!reply.ok) return complain(form, said);
        counted(key, "", reply.headers.get("Sarnakh-Counted"));
        const thanks = element("div");
        thanks.role = "status";
        thanks.append(element("h2", said.title), element("p", said.text));
        for (const e of [...root.querySelectorAll("h2,p")]) e.remove();
        form.replaceWith(thanks);
        host.dispatchEvent(new CustomEvent("sarnakh:submitted", { bubbles: true }));
      } catch {
        complain(form, { title: form.lang == "fa" ? "ارسال نشد. اتصال اینترنت را بررسی و دوباره تلاش کنید." : "Not sent. Check your connection and try again." });
      } finally {
        button.disabled = false;
      }
    });
  };

  const start = () => document.querySelectorAll("[data-sarnakh-form]").forEach(mount);
  document.readyState == "loading" ? addEventListener("DOMContentLoaded", start) : start();
})();
