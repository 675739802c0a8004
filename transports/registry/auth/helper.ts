/**
 * Credential helpers: programs that keep secrets. Their names come from files, so they are names
 * and no paths; secrets go through pipes, never through arguments.
 * @see https://github.com/docker/docker-credential-helpers#development
 */
import { isSystemError, NixociError, wrapError } from "../../../src/base/errors.ts";
import { redactReply } from "../../../src/base/text.ts";
import type { World } from "../world.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { type Outcome, run } from "./run-helper.ts";
import { parseSecretJson } from "./secret-json.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const NOT_FOUND = "credentials not found in native keychain";

/** The helper is not installed; files from another machine often name one. */
export class MissingHelper extends NixociError {}

/** Asks the helper for the server's credentials; `undefined` when it has none. */
export async function getFromHelper(
  name: string,
  server: string,
  world: World,
  signal?: AbortSignal,
): Promise<Credentials | undefined> {
  const { status, output } = await ask(name, "get", server, world, signal);
  if (status !== 0) {
    if (output.includes(NOT_FOUND)) return undefined;
    throw helperError(name, output);
  }
  const { Username: user, Secret: secret } = parseSecretJson(
    output,
    `what ${nameProgram(name)} says`,
  );
  if (typeof user !== "string" || typeof secret !== "string") {
    throw new NixociError("MALFORMED", `${nameProgram(name)} gives no user name or no secret`);
  }
  return user === "" && secret === "" ? undefined : credentialsOf(user, secret);
}

/** Lets the helper keep a secret. */
export async function putInHelper(
  name: string,
  entry: { readonly server: string; readonly username: string; readonly secret: string },
  world: World,
  signal?: AbortSignal,
): Promise<void> {
  const { server, username, secret } = entry;
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: secret });
  const { status, output } = await ask(name, "store", input, world, signal);
  if (status !== 0) throw helperError(name, output, [secret]);
}

/** Lets the helper forget. */
export async function removeFromHelper(
  name: string,
  server: string,
  world: World,
  signal?: AbortSignal,
): Promise<void> {
  const { status, output } = await ask(name, "erase", server, world, signal);
  if (status !== 0 && !output.includes(NOT_FOUND)) throw helperError(name, output);
}

function nameProgram(name: string): string {
  if (NAME.test(name)) return `docker-credential-${name}`;
  throw new NixociError("UNSAFE", `${JSON.stringify(name)} is not the name of a credential helper`);
}

function helperError(name: string, output: string, secrets: readonly string[] = []): NixociError {
  const said = redactReply(output.trim(), secrets) || "no reason given";
  return new NixociError("AUTH", `${nameProgram(name)} fails: ${said}`);
}

async function ask(
  name: string,
  action: string,
  input: string,
  { env, helperPatience }: World,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const command = nameProgram(name);
  try {
    return await run(command, [action], { input, env, patience: helperPatience, signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof NixociError) throw error;
    if (!isSystemError(error, "ENOENT")) throw wrapError(error, `Cannot run ${command}`);
    const message = `the credential helper ${command} is not installed`;
    throw new MissingHelper("NOT_FOUND", message, { cause: error });
  }
}
