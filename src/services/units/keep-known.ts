/** Fits services that were units to those of the image: units name many that are not there. */
import type { Service } from "../service.ts";

/** Services whose names of others are all in the image, and what was left out for that. */
export interface KnownNames {
  readonly services: readonly Service[];
  /** Clauses for people, each with the place of its unit. */
  readonly notes: readonly string[];
  /** Services that others cannot do without, and that are not there. */
  readonly problems: readonly string[];
}

/**
 * Leaves out the names of services that are not in the image: order means nothing then, as systemd
 * has it, and a want is told. A need is a problem.
 * @param known the names of all services of the image, and their aliases.
 */
export function keepKnownNames(
  services: readonly Service[],
  known: ReadonlySet<string>,
): KnownNames {
  const keep = (names: readonly string[] | undefined) => names?.filter((name) => known.has(name));
  const lost = (names: readonly string[] | undefined) => names?.filter((name) => !known.has(name));
  return {
    services: services.map((service) => ({
      ...service,
      after: keep(service.after) ?? [],
      precedes: keep(service.precedes) ?? [],
      requires: keep(service.requires) ?? [],
      wants: keep(service.wants) ?? [],
    })),
    notes: services.flatMap(({ origin, wants }) =>
      (lost(wants) ?? []).map((name) => `${origin}: it wants ${name}, which is not in the image`)
    ),
    problems: services.flatMap(({ origin, requires }) =>
      (lost(requires) ?? []).map((name) =>
        `${origin}: it requires ${name}, which is not in the image`
      )
    ),
  };
}
