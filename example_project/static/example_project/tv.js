/* The waiting device: starts a one-touch login, polls until somebody has decided, and shows what came of it. */
"use strict";

const POLL_SECONDS = 2;
const MAX_MINUTES = 10;
const PATIENCE_SECONDS = 10; // for one answer of the site

const STILL_WAITING = [1139, 1140]; // the link was not opened yet; the GUID is not known (yet)
const BAD_ADDRESS = [1032, 1038];
const WORDS = {
  975: ["The link has expired", "Nobody confirmed in time. Start again for a new link."],
  1143: ["Somebody said it wasn’t them", "The request was refused with “Not me”. If that was a mistake, start again."],
  1137: ["This link was used before", "A link signs in one device, once. Start again for a new one."],
  1145: ["This link was used before", "A link signs in one device, once. Start again for a new one."],
  429: ["That was a little fast", "Too many requests came from here. Wait a minute, then start again."],
};

const tv = document.getElementById("tv");
const panels = [...tv.querySelectorAll("[data-panel]")];
const steps = [...tv.querySelectorAll("[data-step]")];
const form = tv.querySelector("form");
const email = form.elements.email;

let attempt = null; // whoever is not the current attempt any more has nothing to say
let accessToken = ""; // in memory only: a reload signs the TV out

function fill(name, text) {
  tv.querySelector(`[data-fill="${name}"]`).textContent = text;
}

function show(name) {
  tv.dataset.state = name;
  for (const panel of panels) panel.hidden = panel.dataset.panel !== name;
  const order = ["ask", "wait", "in"];
  for (const step of steps) {
    const isCurrent = step.dataset.step === name && name !== "in";
    step.classList.toggle("done", name === "in" || order.indexOf(step.dataset.step) < order.indexOf(name));
    if (isCurrent) step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
  // A remote control has no pointer: the one thing to press, or to type into, is always focused.
  tv.querySelector(`[data-panel="${name}"] :is(input, button)`).focus();
}

function ask(status = "") {
  attempt = null;
  accessToken = "";
  fill("status", status);
  show("ask");
}

function stop(title, reason) {
  attempt = null;
  accessToken = "";
  fill("title", title);
  fill("reason", reason);
  fill("status", `${title}. ${reason}`);
  show("over");
}

function explain(body) {
  const [title, reason] = WORDS[body.ErrorCode] || [body.Message, body.Description];
  stop(title, reason);
}

function newGuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Pages without https on another host than this one have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function masked(address) {
  const at = address.lastIndexOf("@");
  return `${address.slice(0, 1)}•••${address.slice(at)}`;
}

/** Call the API and return {ok, body, wait}; throw when the site cannot be reached or cannot answer. */
async function call(method, path, query, options = {}) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_SECONDS * 1000);
  const address = `${tv.dataset.api}${path}?${new URLSearchParams({ apikey: tv.dataset.apiKey, ...query })}`;
  try {
    const answer = await fetch(address, {
      method, cache: "no-store", credentials: "omit", signal: patience.signal, ...options,
    });
    if (answer.status >= 500) throw new Error(`The site answered ${answer.status}`);
    const wait = Number.parseInt(answer.headers.get("Retry-After"), 10) || 0;
    return { ok: answer.status === 200, body: await answer.json(), wait };
  } finally {
    clearTimeout(timer);
  }
}

const pause = (seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000));

async function start(address) {
  const mine = { guid: newGuid(), until: Date.now() + MAX_MINUTES * 60_000 };
  attempt = mine;
  const { ok, body } = await call("POST", "onetouchlogin/email", {}, {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: address, clientguid: mine.guid }),
  });
  if (attempt !== mine) return;
  if (BAD_ADDRESS.includes(body.ErrorCode)) {
    refuse(body.Description);
  } else if (!ok) {
    explain(body);
  } else {
    fill("address", masked(address));
    fill("progress", "Waiting for you…");
    fill("status", `Waiting. Open the link we mailed to ${masked(address)}.`);
    show("wait");
    await poll(mine);
  }
}

async function poll(mine) {
  let wait = POLL_SECONDS;
  while (Date.now() + wait * 1000 < mine.until) {
    await pause(wait);
    if (attempt !== mine) return;
    wait = await ping(mine);
    if (attempt !== mine) return;
  }
  stop("Nobody opened the link", `We waited for ${MAX_MINUTES} minutes. Start again for a new link.`);
}

/** Ask once whether somebody has decided. Returns how many seconds to wait before asking again. */
async function ping(mine) {
  let answer;
  try {
    answer = await call("GET", "login/smartlogin/ping", { clientguid: mine.guid });
  } catch {
    if (attempt === mine) fill("progress", "The connection is lost. Still trying…");
    return POLL_SECONDS;
  }
  if (attempt !== mine) return 0;
  const { ok, body, wait } = answer;
  if (ok) {
    welcome(body);
  } else if (body.ErrorCode === 429) {
    return Math.max(wait, POLL_SECONDS);
  } else if (STILL_WAITING.includes(body.ErrorCode)) {
    fill("progress", "Waiting for you…");
  } else {
    explain(body);
  }
  return POLL_SECONDS;
}

function welcome(body) {
  attempt = null;
  accessToken = body.access_token;
  const who = (body.Profile.Email || []).map((address) => address.Value)[0] || body.Profile.Uid;
  const until = new Date(body.expires_in);
  const time = until.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  fill("who", who);
  fill("until", time);
  tv.querySelector('[data-fill="until"]').dateTime = body.expires_in;
  fill("status", `Signed in as ${who} until ${time}.`);
  show("in");
  const token = accessToken;
  setTimeout(() => {
    if (accessToken === token) stop("You were signed out", "The sign-in of this TV has ended. Start again to go on.");
  }, until - Date.now());
}

async function signOut() {
  const token = accessToken;
  fill("trouble", "");
  try {
    await call("GET", "access_token/invalidate", {}, { headers: { Authorization: `Bearer ${token}` } });
    ask("You are signed out.");
  } catch {
    fill("trouble", "The site does not answer, so you are still signed in. Try again.");
  }
}

function refuse(reason) {
  attempt = null;
  fill("status", "");
  show("ask");
  document.getElementById("email-error").textContent = reason;
  email.setAttribute("aria-invalid", "true");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (attempt) return; // pressed twice
  const address = email.value.trim();
  if (!/^[^\s@]+@[^\s@]+$/.test(address)) {
    refuse("Enter one plain address such as alice@example.com.");
    return;
  }
  email.removeAttribute("aria-invalid");
  document.getElementById("email-error").textContent = "";
  fill("status", "Sending…");
  start(address).catch(() => stop("The site does not answer", "Check the connection, then start again."));
});

const buttons = {
  cancel: () => ask("Cancelled. This TV no longer waits for the link."),
  again: () => ask(),
  "sign-out": signOut,
};
for (const button of tv.querySelectorAll("[data-press]")) {
  button.addEventListener("click", buttons[button.dataset.press]);
}

ask();
