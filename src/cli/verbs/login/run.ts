/** The work of `nixoci login`. */
import {
  checkLogin,
  login,
  type LoginResult,
  type RegistryUser,
} from "../../../../transports/registry/mod.ts";
import type { Io } from "../../kit/io.ts";
import { askFor, readSecret } from "../../kit/prompt.ts";
import { readSideOptions } from "../../kit/sides.ts";

/** The credentials as the flags give them; what is missing is asked for. */
export interface LoginChoice {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly "password-stdin"?: boolean;
  readonly authfile?: string | undefined;
}

/** Proves the credentials that are stored. */
export async function proveLogin(
  host: string,
  authfile: string | undefined,
  io: Io,
): Promise<RegistryUser> {
  return await checkLogin(host, readSideOptions({ ...io.access, authfile }, io));
}

/** Proves the credentials at the registry, and keeps them. */
export async function runLogin(host: string, choice: LoginChoice, io: Io): Promise<LoginResult> {
  const { authfile } = choice;
  const username = choice.username ?? await askFor("username", "-u", io.signal);
  const password = choice["password-stdin"]
    ? await readSecret(io.signal)
    : choice.password ?? await askFor("password", "--password-stdin", io.signal);
  if (choice.password !== undefined) {
    io.notice("a password on the command line can be seen by others; use --password-stdin");
  }
  return await login(host, { username, password }, readSideOptions({ ...io.access, authfile }, io));
}
