/**
 * Credential helpers: programs that keep secrets. Their names come from files, so they are names
 * and no paths; secrets go through pipes, never through arguments.
 * @see https://github.com/docker/docker-credential-helpers#development
 */
import { spawn } from "node:child_process";
import { NixociError } from "../../../src/errors.ts";
import { printable } from "../http/printable.ts";
import type { World } from "../world.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { parseSecretJson } from "./secret-json.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const MAX_OUTPUT = 1024 * 1024;
const NOT_FOUND = "credentials not found in native keychain";
// A helper may ask its user for a fingerprint or a password.
const PATIENCE = 120_000;

/** The helper is not installed; files from another machine often name one. */
export class MissingHelper extends NixociError {}

/** What the helper has for the server; `undefined` when it has nothing. */
export async function fromHelper(
  name: string,
  server: string,
  world: World,
): Promise<Credentials | undefined> {
  const { status, output } = await run(name, "get", server, world);
  if (status !== 0) {
    if (output.includes(NOT_FOUND)) return undefined;
    throw failed(name, output);
  }
  const { Username: user, Secret: secret } = parseSecretJson(output, `what ${program(name)} says`);
  if (typeof user !== "string" || typeof secret !== "string") {
    throw new NixociError("MALFORMED", `${program(name)} gives no user name or no secret`);
  }
  return user === "" && secret === "" ? undefined : credentialsOf(user, secret);
}

/** Lets the helper keep a secret. */
export async function toHelper(
  name: string,
  entry: { readonly server: string; readonly username: string; readonly secret: string },
  world: World,
): Promise<void> {
  const { server, username, secret } = entry;
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: secret });
  const { status, output } = await run(name, "store", input, world);
  if (status !== 0) throw failed(name, output.replaceAll(secret, "…"));
}

/** Lets the helper forget. */
export async function eraseFromHelper(name: string, server: string, world: World): Promise<void> {
  const { status, output } = await run(name, "erase", server, world);
  if (status !== 0 && !output.includes(NOT_FOUND)) throw failed(name, output);
}

function program(name: string): string {
  if (NAME.test(name)) return `docker-credential-${name}`;
  throw new NixociError("UNSAFE", `${JSON.stringify(name)} is not the name of a credential helper`);
}

function failed(name: string, output: string): NixociError {
  const said = printable(output.trim()) || "no reason given";
  return new NixociError("AUTH", `${program(name)} fails: ${said}`);
}

function run(
  name: string,
  action: string,
  input: string,
  { env }: World,
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program(name), [action], {
      env: env as NodeJS.ProcessEnv,
      stdio: ["pipe", "pipe", "ignore"],
      timeout: PATIENCE,
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    child.stdout.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) child.kill();
      else chunks.push(chunk);
    });
    child.on("error", (cause: NodeJS.ErrnoException) => {
      const message = `the credential helper ${program(name)} is not installed`;
      reject(cause.code === "ENOENT" ? new MissingHelper("NOT_FOUND", message, { cause }) : cause);
    });
    child.on("close", (status) => resolve({ status, output: Buffer.concat(chunks).toString() }));
    child.stdin.on("error", () => {}); // it may answer without reading
    child.stdin.end(input);
  });
}
