/** Finds the policy.json that counts, and reads it. */
import { homedir } from "node:os";
import { join } from "node:path";
import { wrapError } from "../src/base/errors.ts";
import { readSmallFile, readSmallFileIfThere } from "../src/bytes/disk/small-file.ts";
import { parsePolicy, type Policy } from "../src/image/policy/policy.ts";

/**
 * Reads the policy: the file that is named, or else the user's or the system's, if there is one.
 * @returns `undefined` where there is none: then everything is allowed.
 * @throws NixociError for one that is named and not there, or is none.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { openSource, readPolicy } from "nixoci";
 * await writeFile("policy.json", '{ "default": [{ "type": "reject" }] }');
 * const policy = await readPolicy("policy.json");
 * console.log(await openSource("oci-dir:in", { policy }).catch(({ code }) => code)); // REFUSED
 * ```
 */
export async function readPolicy(
  named: string | undefined,
  usual: readonly string[] = [
    join(homedir(), ".config", "containers", "policy.json"),
    "/etc/containers/policy.json",
  ],
): Promise<Policy | undefined> {
  if (named !== undefined) return parsePolicy(await readNamed(named), named);
  for (const path of usual) {
    const bytes = await readSmallFileIfThere(path).catch((error) => {
      throw wrapError(error, `Cannot read the policy ${path}`);
    });
    if (bytes === undefined) continue;
    const policy = parsePolicy(bytes, path);
    return isForAll(policy) ? undefined : policy;
  }
  return undefined;
}

async function readNamed(path: string): Promise<Uint8Array> {
  try {
    return await readSmallFile(path);
  } catch (error) {
    throw wrapError(error, `Cannot read the policy ${path}`);
  }
}

/** Tells whether a policy allows everything, as the one that distributions install. */
function isForAll({ usual, transports }: Policy): boolean {
  return transports.size === 0 && usual.every(({ type }) => type === "insecureAcceptAnything");
}
