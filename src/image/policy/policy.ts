/**
 * The policy of containers' tools, policy.json: which images may be taken from where. Of its
 * requirements `insecureAcceptAnything` and `reject` are judged here, `sigstoreSigned` by who reads
 * signatures; those of GPG refuse the image, by name, for nobody looks at them.
 * @see https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md
 */
import { NixociError } from "../../base/errors.ts";
import { isObject, parseJson } from "../json.ts";
import { parseSigstoreRequirement, type SigstoreRequirement } from "./signed.ts";

/** A demand that has to hold of an image. */
export type Requirement = SigstoreRequirement | {
  readonly type: "insecureAcceptAnything" | "reject" | "signedBy" | "signedBaseLayer";
};

/** A policy: the demands that hold of images, by transport and scope, and of all others. */
export interface Policy {
  readonly usual: readonly Requirement[];
  readonly transports: ReadonlyMap<string, ReadonlyMap<string, readonly Requirement[]>>;
}

const ACCEPT = "insecureAcceptAnything";
const REJECT = "reject";
const OF_GPG = ["signedBy", "signedBaseLayer"] as const;

/**
 * Parses a policy. A field that is not one, or is there twice, makes all of it unusable, as in the
 * other tools: what somebody meant to forbid would be allowed.
 * @param what names it in errors.
 * @throws NixociError `MALFORMED`.
 */
export function parsePolicy(bytes: Uint8Array, what: string): Policy {
  const value = parseJson(bytes, what, { maxBytes: 1 << 20, maps: ["transports", ...SCHEMES] });
  const wrong = (why: string) => new NixociError("MALFORMED", `${what}: ${why}`);
  const readObject = (value: unknown, name: string) => {
    if (isObject(value)) return Object.entries(value);
    throw wrong(`${name} must be an object`);
  };
  const readList = (value: unknown, name: string): Requirement[] => {
    if (!Array.isArray(value) || value.length === 0) {
      throw wrong(`${name} must be a list of requirements`);
    }
    return value.map((one: unknown) => {
      const type = isObject(one) ? one["type"] : undefined;
      if (type === ACCEPT || type === REJECT) {
        if (Object.keys(one as object).length === 1) return { type };
        throw wrong(`${name}: ${type} has no fields of its own`);
      }
      if (type === "sigstoreSigned") return parseSigstoreRequirement(one, `${what}: ${name}`);
      const ofGpg = OF_GPG.find((known) => known === type);
      if (ofGpg !== undefined) return { type: ofGpg };
      throw wrong(`${name}: there is no requirement ${JSON.stringify(type)}`);
    });
  };
  const fields = readObject(value, "it");
  const unknown = fields.find(([name]) => name !== "default" && name !== "transports");
  if (unknown) throw wrong(`${JSON.stringify(unknown[0])} is not a field of a policy`);
  const { default: usual, transports = {} } = value as Record<string, unknown>;
  return {
    usual: readList(usual, "default"),
    transports: new Map(
      readObject(transports, "transports").map(([name, scopes]) => [
        name,
        new Map(
          readObject(scopes, name).map(([scope, list]) => [
            scope,
            readList(list, `${name} ${JSON.stringify(scope)}`),
          ]),
        ),
      ]),
    ),
  };
}

// Transports of other tools, whose objects have users' own keys.
const SCHEMES = ["docker", "atomic", "containers-storage", "dir", "docker-archive", "docker-daemon"]
  .concat("oci", "oci-archive", "ostree", "sif", "tarball");

/**
 * Refuses an image that the policy does not let in, no matter who has signed it.
 * @param transport the name that the policy knows it by.
 * @param scopes of the image, the narrowest first: only the first that the policy has counts.
 * @param image what it is called in the error.
 * @returns the signatures that it has to have, each of them.
 * @throws NixociError `REFUSED`, or `UNSUPPORTED` for what cannot be judged here.
 */
export function checkAgainstPolicy(
  { usual, transports }: Policy,
  transport: string,
  scopes: readonly string[],
  image: string,
): SigstoreRequirement[] {
  const known = transports.get(transport);
  const scope = [...scopes, ""].find((scope) => known?.has(scope));
  const requirements = (scope !== undefined && known?.get(scope)) || usual;
  const where = scope === undefined
    ? "by default"
    : `for ${transport}${scope === "" ? "" : ` ${scope}`}`;
  const signed: SigstoreRequirement[] = [];
  for (const requirement of requirements) {
    const { type } = requirement;
    if (type === ACCEPT) continue;
    if (type === REJECT) {
      throw new NixociError("REFUSED", `the policy does not allow ${image} (reject, ${where})`, {
        hint: "take it from a place that the policy allows, or name another policy with --policy",
      });
    }
    if (type === "sigstoreSigned" && requirement.beyond === undefined) {
      signed.push(requirement);
      continue;
    }
    const which = type === "sigstoreSigned" ? `${type} with ${requirement.beyond}` : type;
    const message = `the policy wants ${image} to be signed (${which}, ${where}), which nixoci ` +
      "cannot judge";
    throw new NixociError("UNSUPPORTED", message, {
      hint:
        "copy it with skopeo, which looks at such signatures, or name another policy with --policy",
    });
  }
  return signed;
}
