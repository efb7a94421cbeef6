/**
 * The client of a waiting device: it starts a login, gives the number to show, waits until somebody has decided on
 * another device, and collects the answer, once. waiting.d.ts describes what is exported.
 *
 * For every browser that knows modules, televisions of 2018 included: nothing newer than ES2018, and what came to
 * browsers after modules is tested for. There are three ways to wait, each for where the one before does not work: a
 * stream of Server-Sent Events, which proxies may hold back; a long poll, which needs a thread of the site; pings.
 *
 * The first two hand nothing out (claim=false). A held answer may be held for a device that has meanwhile fallen
 * asleep, and the token would be given to nobody. Whoever is told "decided" claims with a short ping of its own.
 *
 * The stream is read with fetch and not with EventSource, which shows neither status nor body of an error (an unknown
 * GUID looks like a lost network), hides the heartbeats by which a dead connection is known, reconnects after a 429
 * whenever it likes, and sends cookies and the referrer.
 */

const PENDING = [1139, 1140]; // no errors while waiting: the link was not opened yet; the GUID is not known (yet)
const LONGEST_TIMER = 2 ** 31 - 1; // milliseconds; what is longer rings at once

// All in seconds. Sites need not touch them: tests and unusual networks do.
const TIMING = {
  answer: 15, // an ordinary answer takes no longer
  firstEvent: 5, // a stream that has said nothing by then is held back by a proxy
  silence: 30, // a heartbeat comes every ten, or none in the 25 for which a site waits in a thread
  hold: 25, // how long a long poll asks the site to wait
  backOff: 1, // after a lost connection, doubled each time
  slowDown: 5, // what every "too many requests" adds to all later pauses (RFC 8628)
  slowest: 30,
};

const PRIVATELY = { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", redirect: "error" };

/** Why a login ended without an answer. */
export class LoginError extends Error {
  constructor(reason, message, { code = 0, description = "", status = 0, retryAfter = 0 } = {}) {
    super(message);
    Object.assign(this, { name: "LoginError", reason, code, description, status, retryAfter });
  }
}

const unreachable = (status = 0) => new LoginError("unreachable", "The site does not answer", { status });

/** A held request was given up. Only a short question that fails is trouble; a weight of two ends the way it went. */
const doubtful = (weight) => Object.assign(new LoginError("doubtful", ""), { weight });

/** Draw a GUID (UUID version 4). Unlike crypto.randomUUID, this works on plain http as well. */
export function newGuid() {
  const bytes = window.crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The timing of a login. LoginRadiusV2.js counts pings; here count and interval bound the whole of the waiting. */
function timingOf({ smartLoginPingCount, smartLoginPingInterval, timing }) {
  const interval = Number(smartLoginPingInterval) || 5;
  return { ...TIMING, ...timing, interval, limit: interval * (Number(smartLoginPingCount) || 100) };
}

/** Start a login and wait for it. Throws a TypeError for options that make no sense; all else ends in `finished`. */
export function startLogin(options) {
  checkOptions(options);
  const timing = timingOf(options);
  const life = makeLife(timing.limit);
  const site = makeSite(options, timing, life);
  listen(life, options.signal); // first: a signal that was aborted before must not send a mail
  const finished = life.run(async () => {
    const number = await site.start();
    tell(options.onWaiting, { number });
    return makeWaiter(options, timing, life, site).untilAnswered();
  });
  // A page that listens to callbacks only must not find an unhandled rejection; one that awaits still gets the error.
  finished.catch(() => {});
  return { finished, cancel: life.cancel };
}

function checkOptions({ apiKey, flow = "smart", email, userName, phone }) {
  if (!apiKey) throw new TypeError("An apiKey is needed.");
  if (flow !== "smart" && flow !== "oneTouch") throw new TypeError('The flow is "smart" or "oneTouch".');
  const given = [email, userName, phone].filter(Boolean);
  if (given.length !== 1) throw new TypeError("Exactly one of email, userName and phone is needed.");
  if (flow === "oneTouch" && !email) throw new TypeError("The flow oneTouch waits for an e-mail: it needs an email.");
}

/** Call a page's callback. What it throws is the page's own error: it is reported as such, and the login goes on. */
function tell(callback, word) {
  try {
    if (callback) callback(word);
  } catch (error) {
    setTimeout(() => { throw error; });
  }
}

/** Seconds on a clock that nobody sets. */
const now = () => performance.now() / 1000;

/** What ends with the login: every request and every pause is a task of it, so that ending them leaves nothing. */
function makeLife(limit) {
  const tasks = new Set();
  const began = [Date.now() / 1000, now()];
  let over = null;

  // Time asleep counts, and some steady clocks stand still then. A wall clock can be set back. So: whichever says more.
  const remaining = () => Math.max(0, limit - Math.max(Date.now() / 1000 - began[0], now() - began[1]));

  /** Make a promise that ends at the latest with the login. `begin` gets the task and returns how to let go of it. */
  function task(begin) {
    if (over) return Promise.reject(over);
    return new Promise((resolve, reject) => {
      let letGo = null;
      const settle = (how) => (value) => {
        if (!tasks.delete(mine)) return;
        letGo();
        how(value);
      };
      const mine = { resolve: settle(resolve), reject: settle(reject), nudge: null };
      tasks.add(mine);
      letGo = begin(mine);
    });
  }

  /** Wait. A nudge ends the waiting, unless the site itself asked for it. */
  function pause(seconds, canBeNudged = true) {
    if (seconds <= 0) return Promise.resolve();
    return task((mine) => {
      if (canBeNudged) mine.nudge = mine.resolve;
      const timer = setTimeout(mine.resolve, Math.min(seconds, remaining()) * 1000);
      return () => clearTimeout(timer);
    });
  }

  /** Check at once: end what is held or pauses. Short requests go on: they are a check, or they carry the answer. */
  const nudge = () => tasks.forEach((each) => each.nudge && each.nudge());
  const alarm = setTimeout(() => {
    limit = 0; // said and not computed: timers may ring a moment early, and this one rings once
    nudge();
  }, Math.min(limit * 1000, LONGEST_TIMER));
  const atTheEnd = [() => clearTimeout(alarm)];

  function cancel() {
    if (over) return;
    over = new LoginError("cancelled", "The login was cancelled");
    tasks.forEach((each) => each.reject(over));
    atTheEnd.forEach((undo) => undo());
  }

  async function run(story) {
    try {
      const answer = await story();
      if (over) throw over;
      return answer;
    } finally {
      cancel(); // nobody hears of it any more
    }
  }

  return { task, pause, nudge, remaining, cancel, run, atTheEnd };
}

/** Check at once whenever the page may have slept, or the network came or went; end with the page's AbortSignal. */
function listen(life, signal) {
  const woken = () => document.hidden || life.nudge();
  const on = (target, name, action) => {
    target.addEventListener(name, action);
    life.atTheEnd.push(() => target.removeEventListener(name, action));
  };
  for (const name of ["online", "offline", "pageshow"]) on(window, name, woken);
  on(document, "visibilitychange", woken);
  if (signal) on(signal, "abort", life.cancel);
  if (signal && signal.aborted) life.cancel();
}

/** What can be asked of the site. Answers are bodies; everything else is a LoginError. */
function makeSite(options, timing, life) {
  const root = `${(options.baseUrl || "").replace(/\/+$/, "")}/identity/v2/auth/`;
  const clientguid = newGuid();

  /**
   * Send one request and return what `read` makes of its answer; `read` may grant itself more time.
   * Giving up is a race and not only an abort: browsers older than AbortController still stop waiting.
   */
  function send(path, query, { patience, read, isHeld = false, silence = unreachable, ...request }) {
    return life.task((mine) => {
      const controller = window.AbortController ? new AbortController() : null;
      let timer = 0;
      const expectWithin = (seconds) => {
        if (timer === null) throw unreachable(); // too late to be of interest
        clearTimeout(timer);
        timer = setTimeout(() => mine.reject(silence()), seconds * 1000);
      };
      if (isHeld) mine.nudge = () => mine.reject(doubtful(0));
      expectWithin(patience);
      fetch(`${root}${path}?${new URLSearchParams({ apikey: options.apiKey, ...query })}`, {
        ...PRIVATELY, ...request, signal: controller ? controller.signal : undefined,
      }).then((answer) => read(answer, expectWithin)).then(mine.resolve, (error) => {
        mine.reject(error instanceof LoginError ? error : unreachable());
      });
      return () => {
        clearTimeout(timer);
        timer = null;
        if (controller) controller.abort();
      };
    });
  }

  /** Start the login, once: asked again, the site would send a second mail, or say that the GUID was used. */
  async function start() {
    const [path, query] = startOf(options);
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify({ ...query, clientguid }); // not in the address, where it would end up in logs
    const answer = await send(path, {}, { method: "POST", headers, body, patience: timing.answer, read: bodyOf });
    return (answer && answer.MatchNumber) || null;
  }

  /** Ask how it stands. Returns the body, or nothing while nobody has decided. */
  const ping = (query, more) => send("login/smartlogin/ping", { clientguid, ...query }, {
    patience: timing.answer, read: bodyOf, ...more,
  });
  const longPoll = () => ping({ wait: String(timing.hold), claim: "false" }, {
    isHeld: true, patience: timing.hold + timing.answer, silence: () => doubtful(1),
  });

  /** Listen until somebody has decided or the stream ends; `onAlive` is called whenever something is heard. */
  function stream(onAlive) {
    const began = now();
    let weight = 2; // nothing was heard; then 1: no heartbeat was; then 0
    const heard = (expectWithin) => {
      expectWithin(timing.silence);
      weight = now() - began < timing.interval ? 1 : 0;
      onAlive();
    };
    return send("login/smartlogin/events", { clientguid, claim: "false" }, {
      isHeld: true, patience: timing.firstEvent, silence: () => doubtful(weight),
      headers: { Accept: "text/event-stream" }, read: (answer, more) => readEvents(answer, () => heard(more)),
    });
  }

  return { start, stream, longPoll, look: () => ping({ claim: "false" }), claim: () => ping() };
}

/** Where a login is started, and with what. What is undefined is left out of the JSON. */
function startOf({ flow, email, userName, phone, name, redirectUrl, template, welcomeTemplate, matchNumber }) {
  const common = { email, redirecturl: redirectUrl, welcomeemailtemplate: welcomeTemplate, matchnumber: matchNumber };
  if (flow === "oneTouch") return ["onetouchlogin/email", { ...common, name, onetouchloginemailtemplate: template }];
  const templateName = phone ? "smstemplate" : "smartloginemailtemplate";
  return ["login/smartlogin", { ...common, username: userName, phone, [templateName]: template }];
}

/**
 * Return the body of a good answer, nothing while nobody has decided, or throw what is wrong. What a proxy or a failing
 * server says (5xx, a page instead of JSON) is no word about this login: the site is as good as unreachable.
 */
async function bodyOf(answer) {
  const { status } = answer;
  const body = await answer.json().catch(() => null);
  if (status === 200 && body instanceof Object) return body;
  const { ErrorCode, Message = "The site refused", Description: description } = body || {};
  const code = status === 429 ? 429 : ErrorCode;
  if (PENDING.includes(code)) return null;
  if (status >= 500 || !code) throw unreachable(status);
  const retryAfter = secondsUntil(answer.headers.get("Retry-After"));
  throw new LoginError("refused", Message, { code, description, status, retryAfter });
}

/** Read a Retry-After header: seconds, or a date. */
function secondsUntil(header) {
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Math.max(0, seconds || 0);
}

/** Read a stream to the event that says "decided", or to its end. Anything that arrives is a sign of life. */
async function readEvents(answer, onAlive) {
  if ([404, 405].includes(answer.status)) throw doubtful(2); // the site has no streams
  if (!/^text\/event-stream/.test(answer.headers.get("Content-Type"))) return bodyOf(answer);
  if (!answer.body || !window.TextDecoder) throw doubtful(2); // Firefox before 65
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { IsDecided: false };
    onAlive();
    const events = (text + decoder.decode(value, { stream: true })).replace(/\r\n?/g, "\n").split("\n\n");
    text = events.pop();
    if (events.some((event) => /^event: ?decided$/m.test(event))) return { IsDecided: true };
  }
}

/** Waits, in the best way that works, until there is an answer to give. */
function makeWaiter(options, timing, life, site) {
  // Without AbortController a held request could not be let go of, so there are only pings then.
  const ways = window.AbortController ? [() => site.stream(recovered), site.longPoll] : [];
  let { interval } = timing; // a 429 makes it longer
  let notBefore = 0; // what the last 429 asked for
  let strikes = 0; // against ways[0]: two end it
  let doubt = null; // a held request broke: a short question tells whether the way or the network is to blame
  let failures = 0; // in a row
  let inTrouble = false;

  async function untilAnswered() {
    while (life.remaining() > 0) {
      try {
        const answer = await step();
        if (answer) return answer;
      } catch (error) {
        await survive(error);
      }
    }
    return lastLook();
  }

  /** Look once, in the way that is due, then keep the pace. Returns the answer, or nothing. */
  async function step() {
    const began = now();
    const isProbe = Boolean(doubt && ways.length);
    let body = await (isProbe ? probe() : ways.length ? hold() : site.claim());
    if (body && body.IsDecided) body = await site.claim();
    if (body && body.access_token) return body;
    if (doubt && ways.length) return null; // the next step is a probe, at once
    recovered();
    // A way that ends early is checked again no sooner than a ping; only what a 429 added delays what follows a probe.
    await life.pause(began + (isProbe ? interval - timing.interval : interval) - now());
    return null;
  }

  /** Hold a request. One that ends sooner than the next ping would come is no better than pings. */
  async function hold() {
    const began = now();
    const early = () => (now() - began < timing.interval ? 1 : 0);
    try {
      const body = await ways[0]();
      if (!body || !body.IsDecided) strike(early());
      return body;
    } catch (error) {
      if (error.reason !== "doubtful" && error.reason !== "unreachable") throw error;
      doubt = error.reason === "doubtful" ? error : doubtful(early());
      return null;
    }
  }

  /** Ask shortly. An answer means that the network works, so what broke was the way. */
  async function probe() {
    const body = await site.look();
    if (doubt.weight) strike(doubt.weight);
    doubt = null;
    return body;
  }

  function strike(weight) {
    strikes = weight ? strikes + weight : 0;
    if (strikes < 2) return;
    ways.shift();
    strikes = 0;
  }

  /** Slow down when asked to, back off when the network is gone, and end with everything else. */
  async function survive(error) {
    const isBusy = error.code === 429;
    if (!isBusy && error.reason !== "unreachable") throw error;
    const retryIn = isBusy ? slowDown(error.retryAfter) : backOff();
    inTrouble = true;
    tell(options.onTrouble, { reason: isBusy ? "busy" : "connection", retryIn, error });
    await life.pause(retryIn, !isBusy);
  }

  function recovered() {
    failures = 0;
    if (inTrouble) tell(options.onRecovery);
    inTrouble = false;
  }

  function slowDown(retryAfter) {
    interval = Math.max(interval, Math.min(timing.slowest, interval + timing.slowDown));
    const seconds = Math.max(retryAfter, interval);
    notBefore = now() + seconds;
    return seconds;
  }

  /** Twice as long each time, and never in step with the other devices of the same power cut. */
  function backOff() {
    doubt = doubtful(0);
    failures += 1;
    return Math.min(timing.slowest, timing.backOff * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
  }

  /** Time is over. Somebody may have decided at the last moment, or while this device slept. */
  async function lastLook() {
    const tooLate = new LoginError("tooLate", "Nobody decided in time");
    const answer = now() < notBefore ? null : await site.claim().catch((error) => {
      throw error.reason === "unreachable" || error.code === 429 ? tooLate : error;
    });
    if (!answer || !answer.access_token) throw tooLate;
    return answer;
  }

  return { untilAnswered };
}
