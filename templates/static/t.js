// Tells Sarnakh what happens on a page:
//
//   <script src="https://…/t.js" data-key="WRITE KEY" async></script>
//
// The page view is reported by itself (data-auto="off" leaves it to you), the rest by
//
//   (window.sarnakh ||= []).push(["track", "Plan Chosen", { plan: "gold" }])
//
// before or after this file has loaded: identify(userId, traits), track(event,
// properties), page(name, properties), reset(). No cookie is set. With data-privacy="on"
// browsers that ask not to be tracked are not. What has not been taken yet waits in
// the browser's storage, also over a reload; sent twice, it counts once.
(() => {
  const me = document.currentScript;
  const { key, auto, privacy } = me.dataset;
  const before = window.sarnakh;
  if (before && !Array.isArray(before)) return; // the script may stand in a page twice
  const silent = !key || (privacy == "on" && (navigator.globalPrivacyControl || navigator.doNotTrack == "1"));
  const address = new URL("/v1/batch", me.src).href;
  const id = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(36).padStart(2, "0")).join("").slice(0, 26);

  // Storage that may be switched off. The visitor's number stands where embed.js keeps
  // it: who fills in a form is whose page views these were.
  const memory = {};
  const load = (name) => {
    try {
      return localStorage.getItem(name) ?? memory[name];
    } catch {
      return memory[name];
    }
  };
  const save = (name, value) => {
    try {
      value == null ? localStorage.removeItem(name) : localStorage.setItem(name, value);
    } catch {
      memory[name] = value;
    }
  };
  const visitor = () => {
    let v = load("sarnakh");
    if (!v) save("sarnakh", (v = id()));
    return v;
  };

  const store = "sarnakh.queue." + key;
  const queue = () => {
    try {
      return JSON.parse(load(store) || "[]");
    } catch {
      return [];
    }
  };
  // Of a queue that nobody takes the oldest go first.
  const keep = (list) => save(store, list.length ? JSON.stringify(list.slice(-200)) : null);

  // Of the address only what tells of a campaign: the rest may be personal.
  const page = () => {
    const search = [...new URLSearchParams(location.search)].filter(([name]) => /^utm_|clid$|^[gw]braid$/.test(name));
    return {
      url: location.origin + location.pathname,
      path: location.pathname,
      title: document.title,
      referrer: document.referrer.split("?")[0],
      search: search.length ? "?" + new URLSearchParams(search) : "",
    };
  };

  let wait = 1000;
  let rest = 0; // until then the server wants to hear nothing
  let timer;
  let busy = false;
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(send, Math.max(ms, rest - Date.now()));
  };
  const send = async () => {
    const all = queue();
    if (busy || !all.length) return;
    busy = true;
    // What is sent while the page goes away may not weigh more than 64 KB.
    const batch = [];
    for (let size = 0; batch.length < all.length && batch.length < 50; ) {
      size += JSON.stringify(all[batch.length]).length * 2;
      if (batch.length && size > 50000) break;
      batch.push(all[batch.length]);
    }
    let pause = wait;
    try {
      // Plain text: browsers then ask the server nothing beforehand.
      const answer = await fetch(address, {
        method: "POST",
        body: JSON.stringify({ writeKey: key, sentAt: new Date(), batch }),
        headers: { "Content-Type": "text/plain" },
        credentials: "omit",
        keepalive: true,
      });
      if (answer.status == 429 || answer.status >= 500) {
        pause = Math.max(wait, 1000 * answer.headers.get("Retry-After"));
        wait = Math.min(wait * 2, 3e5);
      } else {
        // Taken, or refused for good. Meanwhile others may have come, also from another tab.
        const done = new Set(batch.map((m) => m.messageId));
        keep(queue().filter((m) => !done.has(m.messageId)));
        wait = 1000;
        pause = 0;
      }
    } catch {
      wait = Math.min(wait * 2, 3e5); // no connection
    }
    busy = false;
    rest = Date.now() + pause;
    if (queue().length) later(0);
  };

  const say = (type, fields) => {
    if (silent) return;
    const message = {
      type,
      messageId: id(),
      anonymousId: visitor(),
      userId: load("sarnakh.user"),
      timestamp: new Date(),
      context: { page: page(), locale: navigator.language, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      ...fields,
    };
    keep([...queue(), message]);
    later(50);
  };

  const api = {
    identify(user, traits) {
      if (user && typeof user == "object") [user, traits] = [null, user];
      if (user && !silent) save("sarnakh.user", String(user));
      say("identify", { traits });
    },
    track: (event, properties) => say("track", { event, properties }),
    page: (name, properties) => say("page", { name, properties }),
    // Somebody else sits down at this browser.
    reset() {
      save("sarnakh.user");
      save("sarnakh");
    },
    push: (call) => api[call[0]]?.(...call.slice(1)),
  };
  window.sarnakh = api;
  if (auto != "off") api.page();
  for (const call of before ?? []) api.push(call);
  // What an earlier page could not send any more.
  if (!silent) later(50);
  addEventListener("pagehide", () => silent || send());
})();
