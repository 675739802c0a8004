/** How the tools that are compared are started. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

const launcher = new URL("../bin/nixoci.js", import.meta.url).pathname;

/** How the command line of nixoci starts on Node. */
export const NODE = [process.execPath, launcher];

/** nixoci's words for quiet work. */
export const nixoci = (verb: string, ...words: string[]): string[] => [
  ...NODE,
  verb,
  "--quiet",
  ...words,
];

/** skopeo's words for a copy over plain HTTP. */
export const skopeo = (from: string, to: string, ...flags: string[]): string[] => [
  ...["skopeo", "--insecure-policy", "copy", "--quiet"],
  ...["--src-tls-verify=false", "--dest-tls-verify=false", ...flags, from, to],
];

/** regctl's words for an image in a registry over plain HTTP. */
export const regctl = (host: string, ...words: string[]): string[] => [
  ...["regctl", "--host", `reg=${host},tls=disabled`, "image", ...words],
];

/** How a script starts on the Deno of our dependencies. */
export async function denoOf(): Promise<string[]> {
  // the package's own command starts Node first; what it starts is what is measured
  const command = new URL("../node_modules/.bin/deno", import.meta.url).pathname;
  const { stdout } = await run(command, ["eval", "console.log(Deno.execPath())"]);
  return [stdout.trim(), "run", "--allow-all"];
}

/** Runs a command, unmeasured: to make what a comparison begins with. */
export async function prepareBy(
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await run(program, args, { env: { ...env } });
}
