/** Finds the endpoints of a name, by the rules of registries.conf. */
import { NixociError } from "../../../src/base/errors.ts";
import { type ImageReference, parseReference } from "../../../src/image/reference.ts";
import type { Endpoint } from "../endpoint.ts";
import type { MirrorRule, RegistryRule } from "./registries-conf.ts";

/** A place to read from. */
export interface PullEndpoint extends Endpoint {
  /** The references that it is asked for. */
  readonly pull: MirrorRule["pull"];
}

/**
 * The places to read from, in order: mirrors, then where the name leads.
 * @param tlsVerify the user's word, which goes before the rules'.
 * @throws NixociError `REFUSED` when the rules block it.
 */
export function endpointsOf(
  { host, repository, tag }: ImageReference,
  rules: readonly RegistryRule[],
  tlsVerify: boolean | undefined,
): PullEndpoint[] {
  const name = `${host}/${repository}`;
  const rule = findRule(name, rules);
  if (rule === undefined) return [{ host, repository, tlsVerify, pull: "all" }];
  return [...rule.mirrors, { ...rule, pull: "all" as const }].map((
    { location, pull, insecure },
  ) => ({
    ...splitRepository(rewriteName(name, rule.prefix, location), tag),
    tlsVerify: tlsVerify ?? (insecure ? false : undefined),
    pull,
  }));
}

/** Tells whether the place is to be asked for the reference. */
export function isMeantFor({ pull }: PullEndpoint, { digest }: ImageReference): boolean {
  return pull === "all" || (pull === "digest-only") === (digest !== undefined);
}

/**
 * Finds the very place that is named, for all but pulls: `location` and mirrors are not for those.
 * @param repository may be empty: the registry as such.
 * @throws NixociError `REFUSED` when the rules block it.
 */
export function findNamedEndpoint(
  { host, repository }: Pick<ImageReference, "host" | "repository">,
  rules: readonly RegistryRule[],
  tlsVerify: boolean | undefined,
): Endpoint {
  const rule = findRule(repository === "" ? host : `${host}/${repository}`, rules);
  return { host, repository, tlsVerify: tlsVerify ?? (rule?.insecure ? false : undefined) };
}

/** Finds the rule with the longest prefix that the name has, if it does not block it. */
function findRule(name: string, rules: readonly RegistryRule[]): RegistryRule | undefined {
  const [rule] = rules
    .filter(({ prefix }) => computePrefixLength(name, prefix) !== undefined)
    .sort((a, b) => b.prefix.length - a.prefix.length);
  if (!rule?.blocked) return rule;
  throw new NixociError("REFUSED", `registries.conf blocks ${name}`, {
    hint: `its rule for ${rule.prefix} says blocked = true`,
  });
}

/** Measures the part of the name that the prefix stands for; `undefined` when it stands for none. */
function computePrefixLength(name: string, prefix: string): number | undefined {
  if (!prefix.startsWith("*.")) {
    return name === prefix || name.startsWith(`${prefix}/`) ? prefix.length : undefined;
  }
  const slash = prefix.indexOf("/");
  const [suffix, path] = slash === -1
    ? [prefix.slice(1), ""]
    : [prefix.slice(1, slash), prefix.slice(slash)];
  const [host = ""] = name.split("/");
  const whole = `${host}${path}`;
  const isIn = host.endsWith(suffix) && (name === whole || name.startsWith(`${whole}/`));
  return isIn ? whole.length : undefined;
}

function rewriteName(name: string, prefix: string, location: string): string {
  return location === "" ? name : location + name.slice(computePrefixLength(name, prefix));
}

function splitRepository(
  name: string,
  tag: string | undefined,
): { host: string; repository: string } {
  const { host, repository } = parseReference(tag === undefined ? name : `${name}:${tag}`);
  return { host, repository };
}
