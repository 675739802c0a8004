/** Those who guess passwords: an address that was wrong too often has to wait. */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { type Around, createProblem, type RegistryAnswer, type RegistryCall } from "../call.ts";

/** The number of wrong passwords that an address may send. */
export interface GuessLimits {
  /** In a window; 10 by default. */
  readonly wrong?: number;
  /** Milliseconds; a minute by default. */
  readonly window?: number;
}

interface Guesser {
  wrong: number;
  /** The time at which the count begins anew, in milliseconds since the epoch. */
  until: number;
  /** Credentials that are being checked, and how many calls wait for that. */
  readonly checking: Map<unknown, number>;
  /** Those that were right: many may come with them at a time. */
  readonly right: Set<unknown>;
}

// Of more, those are forgotten that came first.
const MOST_ADDRESSES = 10_000;
const MOST_RIGHT = 1_000;

/**
 * Answers 429 to an address that has sent too many wrong passwords, whatever it sends, until its window is
 * over; to others nothing changes. It stands around {@link createBasicAuth} and {@link createTokenService}.
 * Passwords that are being checked count as wrong until they are known to be right, so that many guesses at
 * a time are not better than one after the other.
 * @example
 * ```ts
 * import { createBasicAuth, createGuessLimiter, createJoinedAround } from "nixoci";
 * import { createMemoryStorage, serveRegistry } from "nixoci";
 * const around = createJoinedAround([createGuessLimiter({ wrong: 1 }), createBasicAuth({ me: "secret" })]);
 * const registry = await serveRegistry(createMemoryStorage(), { around });
 * const guess = { headers: { authorization: `Basic ${btoa("me:guess")}` } };
 * console.log((await fetch(`${registry.url}/v2/`, guess)).status); // 401
 * console.log((await fetch(`${registry.url}/v2/`, guess)).status); // 429
 * await registry.stop();
 * ```
 */
export function createGuessLimiter(
  { wrong: most = 10, window = 60_000 }: GuessLimits = {},
): Around {
  const guessers = new Map<string, Guesser>();
  const findGuesser = (address: string): Guesser => {
    const now = Date.now();
    const known = guessers.get(address);
    const guesser = known ?? { wrong: 0, until: 0, checking: new Map(), right: new Set() };
    if (guesser.until <= now) [guesser.wrong, guesser.until] = [0, now + window];
    const [oldest] = guessers.keys();
    if (known === undefined && guessers.size >= MOST_ADDRESSES) guessers.delete(oldest!);
    guessers.set(address, guesser);
    return guesser;
  };
  return async (call, next) => {
    const key = credentialOf(call);
    if (key === undefined) return await next(call);
    const guesser = findGuesser(networkOf(call.client));
    const { checking, right } = guesser;
    const unsure = right.has(key) ? 0 : checking.size - (checking.has(key) ? 1 : 0);
    if (guesser.wrong + unsure >= most) return createWaitAnswer(guesser.until - Date.now());
    checking.set(key, (checking.get(key) ?? 0) + 1);
    try {
      const answer = await next(call);
      if (answer.status === 401) guesser.wrong++;
      else if (right.size < MOST_RIGHT) right.add(key);
      return answer;
    } finally {
      const left = checking.get(key)! - 1;
      if (left > 0) checking.set(key, left);
      else checking.delete(key);
    }
  };
}

/** Returns what tells the password that a call brings from others; `undefined` for a call without one. */
function credentialOf({ method, url, headers: { authorization = "" } }: RegistryCall): unknown {
  if (/^Basic /i.test(authorization)) {
    return createHash("sha256").update(authorization).digest("base64");
  }
  return method === "POST" && url.pathname === "/token" ? Symbol("a form") : undefined;
}

/** Returns the address, of IPv6 the network of 64 bits: who has one address of it has them all. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  const [head = "", tail = ""] = address.split("%")[0]!.split("::");
  const [first, last] = [head, tail].map((half) => half === "" ? [] : half.split(":")) as [
    string[],
    string[],
  ];
  const zeros = Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0");
  return [...first, ...zeros, ...last].slice(0, 4).map((part) => parseInt(part, 16)).join(":");
}

function createWaitAnswer(milliseconds: number): RegistryAnswer {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  const message = `too many wrong passwords have come from here; wait ${seconds} s`;
  const answer = createProblem(429, "TOOMANYREQUESTS", message);
  return { ...answer, headers: { ...answer.headers, "retry-after": `${seconds}` } };
}
