/** The values of flags: words, pairs, and what a config has. */
import { constants } from "node:os";
import { NixociError } from "../../base/errors.ts";

/**
 * Parses words, `a b` or `["a", "b"]`. Quotes mean something to shells; they are refused here, because
 * their author expects the same.
 * @throws NixociError `USAGE`.
 */
export function parseWords(text: string, flag: string): string[] {
  const hint = `write words, or --${flag} '["/bin/app", "an argument"]'`;
  if (!text.trimStart().startsWith("[")) {
    if (!/["']/.test(text)) return text.split(/\s+/).filter((word) => word !== "");
    throw new NixociError("USAGE", `--${flag}: ${text} has quotes in it, and no shell reads it`, {
      hint,
    });
  }
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((word) => typeof word === "string")) return list;
  } catch { /* said below */ }
  throw new NixociError("USAGE", `--${flag}: ${text} is not a JSON list of strings`, { hint });
}

/** Parses pairs, each `key=value`. @throws NixociError `USAGE`. */
export function parsePairs(texts: readonly string[], flag: string): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const at = text.indexOf("=");
    if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
    throw new NixociError("USAGE", `--${flag}: ${JSON.stringify(text)} is not key=value`);
  }));
}

/** Checks the name of a variable, of which shells make something. @throws NixociError `USAGE`. */
export function checkVariable(name: string): string {
  if (name !== "" && !/[\s\0=]/.test(name)) return name;
  throw new NixociError("USAGE", `--env: ${JSON.stringify(name)} cannot name a variable`, {
    hint: "write NAME=value, with no space in the name",
  });
}

/** Checks a folder of an image: a whole path, or one of Windows'. @throws NixociError `USAGE`. */
export function checkFolder(folder: string, flag: string): string {
  if (/^(?:\/|[A-Za-z]:[\\/])/.test(folder) && !folder.includes("\0")) return folder;
  throw new NixociError("USAGE", `--${flag}: ${JSON.stringify(folder)} is not a whole path`, {
    hint: "write a folder of the image, such as /srv/data",
  });
}

/** Checks a user and group, by name or number. @throws NixociError `USAGE`. */
export function checkUserName(user: string): string {
  // Names of Windows have spaces in them.
  if (/^[^\p{Cc}:]+(?::[^\p{Cc}:]+)?$/u.test(user) && user.trim() === user) return user;
  throw new NixociError("USAGE", `--user: ${JSON.stringify(user)} is not user[:group]`, {
    hint: "write names or numbers, such as app, 1000 or 1000:1000",
  });
}

/** Checks a signal as engines read it: `SIGINT`, `INT`, `2`, `SIGRTMIN+3`. @throws NixociError `USAGE`. */
export function checkSignal(signal: string): string {
  const name = signal.toUpperCase().replace(/^(?:SIG)?/, "SIG");
  const isNumber = /^\d{1,2}$/.test(signal) && Number(signal) >= 1 && Number(signal) <= 64;
  const isKnown = Object.hasOwn(constants.signals, name) ||
    /^SIG(?:RTMIN(?:\+\d{1,2})?|RTMAX(?:-\d{1,2})?)$/.test(name);
  if (isNumber || isKnown) return signal;
  throw new NixociError("USAGE", `--stop-signal: ${JSON.stringify(signal)} is not a signal`, {
    hint: "write one such as SIGINT, SIGRTMIN+3 or 2",
  });
}
