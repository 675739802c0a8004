/** Holds sources to a policy, which knows our places by other tools' names. */
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { NixociError, wrapError } from "../src/base/errors.ts";
import { type Digest, isDigest } from "../src/bytes/digest.ts";
import type { PlaceReference } from "../src/image/place.ts";
import { checkAgainstPolicy, type Policy } from "../src/image/policy/policy.ts";
import { type ImageReference, parseReference } from "../src/image/reference.ts";
import type { SigstoreRequirement } from "../src/image/policy/signed.ts";
import type { Source } from "../src/image/source.ts";
import { wrapSource } from "../src/image/wrap-source.ts";
import { type LayoutLocation, parseLayoutLocation } from "./lib/layout.ts";

/** The names that policies have for our schemes; others are of no other tool, and are not judged. */
const NAMES: Readonly<Record<string, string>> = {
  registry: "docker",
  "oci-dir": "oci",
  "oci-archive": "oci-archive",
  dir: "dir",
  "docker-archive": "docker-archive",
  daemon: "docker-daemon",
  "containers-storage": "containers-storage",
};

/** Returns the same source, which gives only images that the policy allows. */
export async function checkSource(
  source: Source,
  place: PlaceReference,
  policy: Policy,
): Promise<Source> {
  const transport = NAMES[place.scheme];
  if (transport === undefined) return source;
  checkScopes(policy, transport, place);
  const check = async (select?: string): Promise<SigstoreRequirement[]> =>
    checkAgainstPolicy(policy, transport, await listScopes(place, select), place.text);
  const { image } = place;
  // A repository alone is judged by what is taken from it.
  const isOpen = image !== undefined && image.tag === undefined && image.digest === undefined;
  if (!isOpen) await check();
  const powers: Partial<Source> = {
    async resolve(reference) {
      await check(reference);
      return await source.resolve(reference);
    },
    ...source.readManifest && {
      async readManifest(reference?: string) {
        await check(reference);
        return await source.readManifest!(reference);
      },
    },
    ...source.findContent && {
      async findContent(digest: Digest) {
        await check(digest);
        return await source.findContent!(digest);
      },
    },
  };
  const judged = wrapSource(source, powers);
  if (!hasSigned(policy)) return judged;
  const [{ proveRequirement }, { wrapSignedSource }] = await Promise.all([
    import("../src/sign/judge.ts"),
    import("../src/sign/signed-source.ts"),
  ]);
  return wrapSignedSource(judged, async (subject, select) => {
    const named = image && selectIn(image, select);
    for (const requirement of await check(select)) {
      await proveRequirement(requirement, { source, subject, image: named });
    }
  });
}

/** Refuses scopes that nobody can tell here: those of a storage name its driver and its folders. */
function checkScopes({ transports }: Policy, transport: string, { text }: PlaceReference): void {
  const scopes = [...transports.get(transport)?.keys() ?? []].filter((scope) => scope !== "");
  if (transport !== "containers-storage" || scopes.length === 0) return;
  const message = `the policy has scopes of ${transport}, which nixoci cannot judge, for ${text}`;
  throw new NixociError("UNSUPPORTED", message, {
    hint: `give ${transport} the scope "" alone, or name another policy with --policy`,
  });
}

function hasSigned({ usual, transports }: Policy): boolean {
  const scopes = [...transports.values()].flatMap((scopes) => [...scopes.values()]);
  return [usual, ...scopes].flat().some(({ type }) => type === "sigstoreSigned");
}

/** Lists the scopes of what is meant in a place, the narrowest first. */
async function listScopes(place: PlaceReference, select?: string): Promise<string[]> {
  const { scheme, location, image } = place;
  if (image !== undefined) return listRegistryScopes(selectIn(image, select));
  if (scheme === "daemon") return listDaemonScopes(select ?? location);
  if (["docker-archive", "containers-storage"].includes(scheme)) return [];
  const { path, reference = isDigest(select) ? undefined : select }: LayoutLocation =
    scheme === "dir" ? { path: location, reference: "" } : parseLayoutLocation(place);
  const whole = await realpath(path).catch((error) => {
    throw wrapError(error, `Cannot judge ${place.text} by the policy`);
  });
  const scopes = reference ? [`${whole}:${reference}`, whole] : [whole];
  for (let at = dirname(whole); at !== "/"; at = dirname(at)) scopes.push(at);
  return scopes;
}

function selectIn({ tag, digest, ...image }: ImageReference, select?: string): ImageReference {
  if (select === undefined) return { ...image, tag, digest };
  return isDigest(select) ? { ...image, digest: select } : { ...image, tag: select };
}

/** Lists the scopes of what an engine has, by a name or an ID, which is a scope itself. */
function listDaemonScopes(name: string): string[] {
  return isDigest(name) ? [name] : listRegistryScopes(parseReference(name));
}

/** Lists `host/path:tag`, `host/path`, `host/…`, `host`, and the domains that it is in. */
function listRegistryScopes({ host, repository, tag, digest }: ImageReference): string[] {
  const whole = `${host}/${repository}`;
  const named = digest === undefined ? `${whole}:${tag ?? "latest"}` : `${whole}@${digest}`;
  const scopes = [named];
  for (let at = whole; at.includes("/"); at = at.slice(0, at.lastIndexOf("/"))) scopes.push(at);
  scopes.push(host);
  const labels = host.replace(/:\d+$/, "").split(".");
  for (let at = 1; at < labels.length; at++) scopes.push(`*.${labels.slice(at).join(".")}`);
  return scopes;
}
