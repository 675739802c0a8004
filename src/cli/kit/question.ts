/** Questions whose answer is yes or no. */
import { NixociError } from "../../base/errors.ts";

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
