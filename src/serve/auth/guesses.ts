/** Those who guess passwords: an address that was wrong too often has to wait. */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { createProblem, type RegistryAnswer } from "../call.ts";
import type { CheckPassword } from "./basic.ts";

/** The number of wrong passwords that an address may send. */
export interface GuessLimits {
  /** In a window; 10 by default. */
  readonly wrong?: number;
  /** Milliseconds; a minute by default. */
  readonly window?: number;
}

/** An address that has sent passwords. */
interface Guesser {
  wrong: number;
  /** The time at which the count begins anew, in milliseconds by a clock that nobody sets. */
  until: number;
  /** Passwords that are being checked, and how many calls wait for that. */
  readonly checking: Map<string, number>;
  /** The users who have come in from there, and their passwords. */
  readonly known: Map<string, string>;
  /** Those of them for whom another password has come in this window. */
  readonly guessed: Set<string>;
}

/**
 * Limits guesses: an address that has sent too many wrong passwords is answered with 429, whatever it
 * sends, until its window is over; to others nothing changes. Who has come in from there before still
 * does, unless another password for the same name has come in the window: so of each such user one
 * password more can be tried, and no other user waits for the one who guesses. Passwords that are being
 * checked count as wrong until they are known to be right, so that many guesses at a time are not better
 * than one after the other.
 * @example
 * ```ts
 * import { createBasicAuth, createMemoryStorage, limitGuesses, serveRegistry } from "nixoci";
 * const check = limitGuesses((user, password) => password === "secret", { wrong: 1 });
 * const registry = await serveRegistry(createMemoryStorage(), { around: createBasicAuth(check) });
 * const guess = { headers: { authorization: `Basic ${btoa("me:guess")}` } };
 * console.log((await fetch(`${registry.url}/v2/`, guess)).status); // 401
 * console.log((await fetch(`${registry.url}/v2/`, guess)).status); // 429
 * await registry.stop();
 * ```
 */
export function limitGuesses(
  check: CheckPassword,
  { wrong: most = 10, window = 60_000 }: GuessLimits = {},
): CheckPassword {
  const findGuesser = createGuesserTable(window);
  return async (user, password, client) => {
    const guesser = findGuesser(networkOf(client));
    const { checking, known, guessed } = guesser;
    const mark = hashCredentials(user, password);
    const isKnown = known.get(user) === mark;
    if (!isKnown && known.has(user)) guessed.add(user);
    const unsure = isKnown ? 0 : checking.size - (checking.has(mark) ? 1 : 0);
    const mayTry = guesser.wrong + unsure < most || isKnown && !guessed.has(user);
    if (!mayTry) return createWaitAnswer(guesser.until - performance.now());
    checking.set(mark, (checking.get(mark) ?? 0) + 1);
    try {
      const verdict = await check(user, password, client);
      if (verdict === true) known.set(user, mark);
      if (verdict === false) guesser.wrong++;
      if (verdict === false && isKnown) known.delete(user);
      return verdict;
    } finally {
      const left = checking.get(mark)! - 1;
      if (left > 0) checking.set(mark, left);
      else checking.delete(mark);
    }
  };
}

// Of more, those are forgotten that came first.
const MOST_ADDRESSES = 10_000;

/** Makes what finds the guesser of an address, its count begun anew where its window is over. */
function createGuesserTable(window: number): (address: string) => Guesser {
  const guessers = new Map<string, Guesser>();
  const addGuesser = (address: string): Guesser => {
    const [oldest] = guessers.keys();
    if (guessers.size >= MOST_ADDRESSES) guessers.delete(oldest!);
    const [checking, known, guessed] = [new Map(), new Map(), new Set<string>()];
    const guesser: Guesser = { wrong: 0, until: 0, checking, known, guessed };
    guessers.set(address, guesser);
    return guesser;
  };
  return (address) => {
    const guesser = guessers.get(address) ?? addGuesser(address);
    const now = performance.now();
    if (guesser.until > now) return guesser;
    guesser.guessed.clear();
    return Object.assign(guesser, { wrong: 0, until: now + window });
  };
}

function hashCredentials(user: string, password: string): string {
  return createHash("sha256").update(JSON.stringify([user, password])).digest("base64");
}

/** Returns the address, of IPv6 the network of 64 bits: who has one address of it has them all. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  const [head = "", tail = ""] = address.split("%")[0]!.split("::");
  const [first, last] = [head, tail].map((half) => half.split(":").filter((part) => part !== ""));
  const zeros = Array<string>(Math.max(0, 8 - first!.length - last!.length)).fill("0");
  return [...first!, ...zeros, ...last!].slice(0, 4).join(":");
}

function createWaitAnswer(milliseconds: number): RegistryAnswer {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  const message = `too many wrong passwords have come from here; wait ${seconds} s`;
  const answer = createProblem(429, "TOOMANYREQUESTS", message);
  return { ...answer, headers: { ...answer.headers, "retry-after": `${seconds}` } };
}
