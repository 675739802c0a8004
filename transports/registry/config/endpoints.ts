/** Where a name leads when the rules of registries.conf are followed. */
import { NixociError } from "../../../src/errors.ts";
import {
  formatReference,
  type ImageReference,
  parseReference,
} from "../../../src/image/reference.ts";
import type { Endpoint } from "../session.ts";
import type { RegistryRule } from "./registries-conf.ts";

/**
 * The places to read the reference from, in order; the last one is where it is written to.
 * @throws NixociError `REFUSED` when the rules block it.
 */
export function endpointsOf(
  reference: ImageReference,
  rules: readonly RegistryRule[],
  isInsecure: boolean,
): Endpoint[] {
  const { host, repository, tag, digest } = reference;
  const name = `${host}/${repository}`;
  const rule = ruleFor(name, rules);
  if (rule === undefined) return [{ host, repository, isInsecure }];
  if (rule.blocked) {
    throw new NixociError("REFUSED", `registries.conf blocks ${formatReference(reference)}`, {
      hint: `its rule for ${rule.prefix} says blocked = true`,
    });
  }
  const pinned = digest !== undefined;
  const mirrors = rule.mirrors.filter(({ pull }) =>
    pull === "all" || (pull === "digest-only") === pinned
  );
  return [...mirrors, rule].map(({ location, insecure }) => ({
    ...placeAt(rewrite(name, rule.prefix, location), tag),
    isInsecure: isInsecure || insecure,
  }));
}

/** The rule with the longest prefix that the name has. */
function ruleFor(name: string, rules: readonly RegistryRule[]): RegistryRule | undefined {
  return rules
    .filter(({ prefix }) => prefixLength(name, prefix) !== undefined)
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** How much of the name the prefix stands for; `undefined` when it is another name's. */
function prefixLength(name: string, prefix: string): number | undefined {
  if (!prefix.startsWith("*.")) {
    return name === prefix || name.startsWith(`${prefix}/`) ? prefix.length : undefined;
  }
  const slash = prefix.indexOf("/");
  const [suffix, path] = slash === -1
    ? [prefix.slice(1), ""]
    : [prefix.slice(1, slash), prefix.slice(slash)];
  const host = name.slice(0, name.indexOf("/"));
  const whole = `${host}${path}`;
  const isIn = host.endsWith(suffix) && (name === whole || name.startsWith(`${whole}/`));
  return isIn ? whole.length : undefined;
}

function rewrite(name: string, prefix: string, location: string): string {
  return location === "" ? name : location + name.slice(prefixLength(name, prefix));
}

function placeAt(name: string, tag: string | undefined): { host: string; repository: string } {
  const { host, repository } = parseReference(tag === undefined ? name : `${name}:${tag}`);
  return { host, repository };
}
