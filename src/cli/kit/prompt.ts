/** Questions on a terminal, and secrets from a pipe. */
import { Writable } from "node:stream";
import { readInput } from "../../bytes/disk/input.ts";
import { collectStream } from "../../bytes/stream.ts";
import { NixociError } from "../../base/errors.ts";

// A registry's token may be long; a password file of a megabyte is a mistake.
const MAX_SECRET = 64 * 1024;

/**
 * Asks on stderr, reads a line from the terminal; shows nothing of what is typed of a password.
 * @param flag that could have answered the question.
 * @throws NixociError `USAGE` where there is no terminal.
 */
export async function askFor(
  what: "username" | "password",
  flag: string,
  signal: AbortSignal,
): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new NixociError("USAGE", `Cannot ask for the ${what}`, {
      hint: `standard input is not a terminal; give ${flag}`,
    });
  }
  // Each command would load it, for one that asks.
  const { createInterface } = await import("node:readline/promises");
  const isSecret = what === "password";
  const prompt = isSecret ? "Password: " : "Username: ";
  // readline draws its line anew, with the prompt; where nothing may be drawn, it is ours to write.
  if (isSecret) process.stderr.write(prompt);
  const echo = new Writable({
    write(chunk, _encoding, done) {
      if (!isSecret) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: echo, terminal: true });
  // The terminal is in raw mode: Ctrl-C is a key, and reaches nobody else.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const closed = new Promise<never>((_, reject) =>
    lines.once("close", () => reject(new NixociError("CANCELLED", `no ${what} was given`)))
  );
  try {
    return await Promise.race([lines.question(isSecret ? "" : prompt, { signal }), closed]);
  } finally {
    lines.close();
    if (isSecret) process.stderr.write("\n");
  }
}

/**
 * Asks on a terminal whether something is to be done; goes on when the answer is yes.
 * @param flag that says so without a question.
 * @throws NixociError `USAGE` where there is no terminal, `CANCELLED` for any other answer.
 */
export async function askWhether(
  question: string,
  flag: string,
  signal: AbortSignal,
): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new NixociError("USAGE", `nobody is here to be asked: ${question}`, {
      hint: `give ${flag}`,
    });
  }
  // Each command would load it, for one that asks.
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal });
    if (/^y(?:es)?$/i.test(answer.trim())) return;
  } finally {
    lines.close();
  }
  throw new NixociError("CANCELLED", "nothing is deleted");
}

/** Reads all of stdin, without the line end that `echo` puts there. */
export async function readSecret(signal: AbortSignal): Promise<string> {
  const bytes = await collectStream(readInput(signal), MAX_SECRET, "the password on stdin");
  return bytes.toString("utf8").replace(/\r?\n$/, "");
}
