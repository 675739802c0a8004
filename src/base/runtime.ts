/**
 * Refuses runtimes that are too old, when the library is loaded: what fails there later says it in
 * words of others. `engines` in package.json says the same.
 */
import process from "node:process";
import { NixociError } from "./errors.ts";

const OLDEST = [22, 19] as const;

/** Proves that the version, `22.19.0`, is new enough. @throws NixociError `UNSUPPORTED`. */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || major === OLDEST[0] && minor >= OLDEST[1]) return;
  throw new NixociError(
    "UNSUPPORTED",
    `nixoci needs Node ${OLDEST.join(".")}, this is ${version}`,
    {
      hint: "run the program with a newer Node, or with Deno",
    },
  );
}

checkNodeVersion(process.versions.node);
