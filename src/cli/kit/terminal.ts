/** Standard output, where it is a terminal. */
import { NixociError } from "../../base/errors.ts";

/**
 * Refuses to write an archive to a terminal.
 * @param what names it in the message.
 * @throws NixociError `USAGE`.
 */
export function refuseTerminal(
  what: string,
  hint = "redirect it to a file, or pipe it into another command",
): void {
  if (!process.stdout.isTTY) return;
  throw new NixociError("USAGE", `Cannot write ${what} to a terminal`, { hint });
}
