/* The waiting device: asks who signs in, shows the number to pick, says what came of it. waiting.js does the rest. */
// By its relative address, which holds wherever static files are served, and which collectstatic may rewrite.
import { startLogin } from "../loginradius_passwordless/waiting.js";

const FLOWS = {
  smart: {
    heading: "Sign in with your account",
    label: "Your e-mail address or user name",
    hint: "If there is such an account, a link goes to its e-mail address.",
    wrong: "Enter the e-mail address or the user name of your account.",
    accepts: /\S/,
  },
  oneTouch: {
    heading: "Sign in with an e-mail address",
    label: "Your e-mail address",
    hint: "If there is no account yet, confirming the link makes one.",
    wrong: "Enter one plain address such as alice@example.com.",
    accepts: /^[^\s@]+@[^\s@]+$/,
  },
};
const BAD_NAME = [908, 1032, 1038]; // what the site says about what was typed
const USED = ["This link was used before", "A link signs in one device, once. Start again for a new one."];
const WORDS = {
  975: ["The link has expired", "Nobody confirmed in time. Start again for a new link."],
  1143: ["The login was refused", "Somebody pressed “Not me” or picked another number. If by mistake, start again."],
  1137: USED,
  1145: USED,
  429: ["That was a little fast", "Too many requests came from here. Wait a minute, then start again."],
  tooLate: ["Nobody opened the link", "This TV no longer waits for it. Start again for a new link."],
  unreachable: ["The site does not answer", "Check the connection, then start again."],
};
const TROUBLE = {
  connection: "The connection is lost. Still trying…",
  busy: "The site is busy. Asking less often…",
};
const BACK_KEYS = ["Escape", "GoBack", "BrowserBack", "XF86Back"];

const tv = document.getElementById("tv");
const form = tv.querySelector("form");
const field = form.elements.who;
const all = (selector) => Array.from(tv.querySelectorAll(selector));

let login = null; // whichever login is not this one any more has nothing to say
let flow = "smart";
let accessToken = ""; // in memory only: a reload signs the TV out

function fill(name, text) {
  for (const element of all(`[data-fill="${name}"]`)) element.textContent = text;
}

/** What a remote control can reach on the panel that is shown. */
function controls() {
  return all("[data-panel] input, [data-panel] button, [data-panel] a").filter((element) => element.offsetParent);
}

function show(name) {
  tv.dataset.state = name;
  for (const panel of all("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
  const order = ["ask", "wait", "in"];
  const here = Math.max(0, order.indexOf(name));
  for (const step of all("[data-step]")) {
    const place = order.indexOf(step.dataset.step);
    step.classList.toggle("done", name === "in" || place < here);
    if (place === here && name !== "in") step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
  }
  // A remote control has no pointer: something to press, or to type into, is always focused.
  controls()[0].focus();
}

function leave() {
  if (login) login.cancel();
  login = null;
  accessToken = "";
}

function choose(status = "") {
  leave();
  fill("status", status);
  show("choose");
}

function ask(chosen) {
  leave();
  flow = chosen;
  for (const part of ["heading", "label", "hint"]) fill(part, FLOWS[flow][part]);
  field.type = flow === "oneTouch" ? "email" : "text";
  field.value = "";
  complain("");
  fill("status", "");
  show("ask");
}

function complain(reason) {
  document.getElementById("who-error").textContent = reason;
  if (reason) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function stop([title, reason]) {
  leave();
  fill("title", title);
  fill("reason", reason);
  fill("status", `${title}. ${reason}`);
  show("over");
}

function masked(name) {
  const at = name.lastIndexOf("@");
  return at < 0 ? name : `${name.slice(0, 1)}•••${name.slice(at)}`;
}

/** Start a login and stay with it to its end, or until another one takes its place. */
async function signIn(name) {
  const isAddress = name.includes("@");
  const mine = startLogin({
    apiKey: tv.dataset.apiKey,
    flow,
    [isAddress ? "email" : "userName"]: name,
    matchNumber: true,
    onWaiting: ({ number }) => wait(name, number),
    onTrouble: ({ reason }) => progress(TROUBLE[reason], true),
    onRecovery: () => progress("Waiting for you…"),
  });
  login = mine;
  try {
    const answer = await mine.finished;
    if (login === mine) welcome(answer);
  } catch (error) {
    if (login === mine) explain(error);
  }
}

function wait(name, number) {
  tv.querySelector("[data-number]").hidden = number === null;
  fill("number", number === null ? "" : String(number));
  fill("address", masked(name));
  progress("Waiting for you…");
  fill("then", number === null ? "and press “It’s me” there" : "pick this number there and press “It’s me”");
  const heard = number === null ? "Press “It’s me” there." : `Pick ${number} there.`;
  fill("status", `Waiting. Open the link we sent to ${masked(name)}. ${heard}`);
  show("wait");
}

function progress(text, isTrouble = false) {
  fill("progress", text);
  tv.querySelector(".waiting").classList.toggle("trouble", isTrouble);
}

function explain(error) {
  if (BAD_NAME.includes(error.code)) {
    leave();
    fill("status", "");
    show("ask");
    complain(error.description);
    return;
  }
  stop(WORDS[error.code] || WORDS[error.reason] || [error.message, error.description]);
}

function welcome(body) {
  accessToken = body.access_token;
  const addresses = (body.Profile.Email || []).map((address) => address.Value);
  const who = addresses[0] || body.Profile.UserName || body.Profile.Uid;
  const until = new Date(body.expires_in);
  const time = until.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  fill("who", who);
  fill("until", time);
  tv.querySelector('[data-fill="until"]').dateTime = body.expires_in;
  fill("trouble", "");
  fill("status", `Signed in as ${who} until ${time}.`);
  show("in");
  const token = accessToken;
  setTimeout(() => {
    if (accessToken === token) stop(["You were signed out", "The sign-in of this TV has ended. Start again to go on."]);
  }, until - Date.now());
}

async function signOut() {
  fill("trouble", "");
  try {
    const answer = await fetch(`${tv.dataset.signOut}?${new URLSearchParams({ apikey: tv.dataset.apiKey })}`, {
      cache: "no-store", credentials: "omit", headers: { Authorization: `Bearer ${accessToken}` },
    });
    if (answer.status >= 500) throw new Error(`The site answered ${answer.status}`);
    choose("You are signed out.");
  } catch (error) {
    fill("trouble", "The site does not answer, so you are still signed in. Try again.");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (login) return; // pressed twice
  const name = field.value.trim();
  complain(FLOWS[flow].accepts.test(name) ? "" : FLOWS[flow].wrong);
  if (field.hasAttribute("aria-invalid")) return;
  fill("status", "Sending…");
  signIn(name);
});

const PRESSES = {
  smart: () => ask("smart"),
  oneTouch: () => ask("oneTouch"),
  back: () => choose(),
  cancel: () => choose("Cancelled. This TV no longer waits for the link."),
  again: () => choose(),
  "sign-out": signOut,
};
for (const button of all("[data-press]")) button.addEventListener("click", PRESSES[button.dataset.press]);

// Remote controls have four arrows and a key to go back; browsers leave the upper and the lower one to the page.
tv.addEventListener("keydown", (event) => {
  const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const back = all("[data-back]").find((element) => element.offsetParent);
  if (way) {
    const reach = controls();
    reach[(reach.indexOf(document.activeElement) + way + reach.length) % reach.length].focus();
  } else if (back && BACK_KEYS.includes(event.key)) {
    back.click();
  } else {
    return;
  }
  event.preventDefault();
});

choose();
