/** The work of `nixoci logout`. */
import { logout } from "../../../../transports/registry/mod.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";

/** Forgets the credentials for a registry, or for all. @returns the registries. */
export async function logOutOf(
  host: string | undefined,
  authfile: string | undefined,
  io: Io,
): Promise<string[]> {
  return await logout(host, readSideOptions({ authfile }, io));
}
