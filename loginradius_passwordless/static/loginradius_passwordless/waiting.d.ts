/**
 * The client of a device that waits: it starts a Smart Login or a One-Touch Login by e-mail, waits until somebody has
 * decided on another device, and collects the answer.
 *
 * ```js
 * import { startLogin } from "./waiting.js";
 *
 * const login = startLogin({
 *   apiKey: "…",
 *   email: "alice@example.com",
 *   matchNumber: true,
 *   onWaiting: ({ number }) => show(`Pick ${number} on the page that the mail opens`),
 *   onTrouble: ({ reason }) => warn(reason),
 *   onRecovery: () => warn(""),
 * });
 * try {
 *   const { access_token, Profile } = await login.finished;
 * } catch (error) {
 *   show(error.message);
 * }
 * ```
 */

/** What both flows have. */
interface CommonOptions {
  /** Where the site stands, without `/identity/v2`. Default: where the page comes from. */
  baseUrl?: string;
  /** The API key of the application. It is public. */
  apiKey: string;
  /** Where to send the person who confirmed. It has to be on the application's list. */
  redirectUrl?: string;
  /** The name of the message's template. */
  template?: string;
  /** The name of the template of the mail after the first login. */
  welcomeTemplate?: string;
  /** Ask for a number to show here, which the person has to pick on the page that the message opens. */
  matchNumber?: boolean;
  /** How often LoginRadiusV2.js would ping. Count times interval is how long this device waits in all. Default: 100. */
  smartLoginPingCount?: number;
  /** Seconds between two pings, where nothing better than pings works. Default: 5. */
  smartLoginPingInterval?: number;
  /** Cancels the login, as `cancel()` does. */
  signal?: AbortSignal;
  /** The message is on its way: show the number, if there is one, and say that this device waits. */
  onWaiting?: (waiting: Waiting) => void;
  /** The site cannot be reached, or asks to be asked less often. The login goes on. Called again at every failure. */
  onTrouble?: (trouble: Trouble) => void;
  /** The trouble is over. */
  onRecovery?: () => void;
  /** For unusual networks, and for tests. */
  timing?: Partial<Timing>;
}

/** For people who have an account. They are named by exactly one of these. */
export interface SmartLoginOptions extends CommonOptions {
  /** Default: this. */
  flow?: "smart";
  email?: string;
  userName?: string;
  /** With its country code. The link comes by SMS. */
  phone?: string;
}

/** For anybody with an e-mail address; the account is made when the link is confirmed. */
export interface OneTouchLoginOptions extends CommonOptions {
  flow: "oneTouch";
  email: string;
  /** What to call the person. */
  name?: string;
}

export type LoginOptions = SmartLoginOptions | OneTouchLoginOptions;

/** What a page can show while it waits. */
export interface Waiting {
  /** Two digits to show in large type, or null where the login has no number. */
  number: number | null;
}

/** Why the waiting does not go as it should. */
export interface Trouble {
  /** `connection`: the site does not answer. `busy`: it asked to be asked less often. */
  reason: "connection" | "busy";
  /** In how many seconds the next try comes, unless the network comes back before. */
  retryIn: number;
  error: LoginError;
}

/** All in seconds. */
export interface Timing {
  /** How long an ordinary answer may take. Default: 15. */
  answer: number;
  /** How long a stream may take to say its first word. Default: 5. */
  firstEvent: number;
  /** How long a stream may be silent. Default: 30. */
  silence: number;
  /** How long a long poll asks the site to wait: whole seconds, at most 25. Default: 25. */
  hold: number;
  /** How long to wait after a lost connection; doubled each time, with jitter. Default: 1. */
  backOff: number;
  /** What each "too many requests" adds to every later pause. Default: 5. */
  slowDown: number;
  /** The longest pause, unless the site asks for a longer one. Default: 30. */
  slowest: number;
}

/** The site's login answer. */
export interface LoginAnswer {
  access_token: string;
  refresh_token: string | null;
  /** A moment in UTC, as in `2026-11-20T11:15:06.552000Z`. */
  expires_in: string;
  Profile: Profile;
}

/** The person. These are the keys that most pages want; the site sends more. */
export interface Profile {
  Uid: string;
  UserName: string | null;
  FullName: string | null;
  PhoneId: string | null;
  Email: { Type: string; Value: string }[] | null;
  [key: string]: unknown;
}

/** A login that was started. */
export interface Login {
  /**
   * Gives the answer, once, or rejects with a `LoginError`. A page that does not look at it gets no unhandled rejection.
   */
  readonly finished: Promise<LoginAnswer>;
  /** End the login on this device, at once: no request and no timer is left. `finished` rejects, unless it is over. */
  readonly cancel: () => void;
}

/** Why a login ended without an answer. */
export type EndReason =
  /** The site said no; `code`, `message`, `description` and `status` are its own. 1143 is "Not me", 975 is expired. */
  | "refused"
  /** By `cancel()` or the signal. */
  | "cancelled"
  /** Nobody decided in time. */
  | "tooLate"
  /**
   * The start did not reach the site. It is not tried again by itself, as that could send a second mail. While it
   * waits, a device that loses the site goes on trying.
   */
  | "unreachable";

/** The one error that a login ends with. */
export class LoginError extends Error {
  constructor(
    reason: EndReason,
    message: string,
    details?: { code?: number; description?: string; status?: number; retryAfter?: number },
  );
  readonly reason: EndReason;
  /** The site's ErrorCode, or 0. */
  readonly code: number;
  /** What to do about it, in the site's words, or nothing. */
  readonly description: string;
  /** The HTTP status, or 0. */
  readonly status: number;
  /** For how many seconds the site does not want to be asked, or 0. */
  readonly retryAfter: number;
}

/**
 * Start a login and wait for it.
 *
 * @throws TypeError where the options make no sense: no API key, no or several names of the person.
 */
export function startLogin(options: LoginOptions): Login;

/** Draw a GUID from the browser's secure random numbers, also on pages without https. */
export function newGuid(): string;
