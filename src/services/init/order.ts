/** The order in which services start: each after those that it names, and after those of earlier kinds. */
import { NixociError } from "../../base/errors.ts";
import type { Service } from "../service.ts";

/** A service's place among the others. */
export interface OrderedService {
  readonly service: Service;
  /** The names of the services that are ready, or have ended, before it starts. */
  readonly after: readonly string[];
  /** Those of them without which it does not start. */
  readonly requires: readonly string[];
  /** 1 for those that wait for none; it stops before those of lower levels. */
  readonly level: number;
}

type NeedGraph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Orders services, those first that others wait for. Besides what `after` says, a oneshot-pre is
 * after the one before it (in the order of `after`, then of names), a long-run after all oneshot-pre,
 * and a oneshot-post after all long-runs and the post before it; unless `after` says the contrary.
 * @throws NixociError `USAGE` for a name that is there twice, for one that is not there, and for a
 * circle, which is printed.
 */
export function orderServices(services: readonly Service[]): OrderedService[] {
  const byName = new Map<string, Service>();
  for (const service of services) {
    const other = byName.get(service.name);
    if (other !== undefined) throw twiceError(service, other);
    byName.set(service.name, service);
  }
  const names = nameAll(services, byName);
  const graph = readNeeds(services, byName, names);
  const sorted = sortNames([...byName.keys()].sort(), graph, byName);
  addKinds(sorted.map((name) => byName.get(name)!), graph);
  const levels = new Map<string, number>();
  return sortNames(sorted, graph, byName).map((name) => {
    const after = [...graph.get(name)!];
    const level = 1 + Math.max(0, ...after.map((one) => levels.get(one)!));
    levels.set(name, level);
    return {
      service: byName.get(name)!,
      after,
      requires: [...new Set(byName.get(name)!.requires?.map((one) => names.get(one)!))],
      level,
    };
  });
}

/** Returns the names of services by these and by their aliases; a name counts more than an alias. */
function nameAll(
  services: readonly Service[],
  byName: ReadonlyMap<string, Service>,
): Map<string, string> {
  const names = new Map<string, string>();
  for (const { name, aliases = [] } of services) {
    for (const alias of aliases) names.set(alias, names.get(alias) ?? name);
  }
  for (const name of byName.keys()) names.set(name, name);
  return names;
}

/** Reads what services say that they wait for. */
function readNeeds(
  services: readonly Service[],
  byName: ReadonlyMap<string, Service>,
  names: ReadonlyMap<string, string>,
): Map<string, Set<string>> {
  const graph = new Map(services.map(({ name }) => [name, new Set<string>()]));
  for (const { name, origin, after = [], precedes = [], requires = [] } of services) {
    const find = (field: string, other: string) => {
      const found = names.get(other);
      if (found === undefined) throw strayError(`${origin}.${field}`, other, byName);
      return found;
    };
    for (const other of after) graph.get(name)!.add(find("after", other));
    for (const other of precedes) graph.get(find("precedes", other))!.add(name);
    for (const other of requires) graph.get(name)!.add(find("requires", other));
  }
  return graph;
}

function strayError(
  at: string,
  name: string,
  byName: ReadonlyMap<string, Service>,
): NixociError {
  return new NixociError("USAGE", `${at}: there is no service ${name}`, {
    hint: `the services are ${[...byName.keys()].sort().join(", ")}`,
  });
}

/** Sorts names so that each comes after those that it needs, and else as they are given. */
function sortNames(
  names: readonly string[],
  graph: NeedGraph,
  byName: ReadonlyMap<string, Service>,
): string[] {
  const sorted = new Set<string>();
  const visit = (name: string, way: readonly string[]): void => {
    if (sorted.has(name)) return;
    const at = way.indexOf(name);
    if (at !== -1) throw circleError([...way.slice(at), name], byName.get(name)!);
    for (const need of [...graph.get(name)!].sort()) visit(need, [...way, name]);
    sorted.add(name);
  };
  for (const name of names) visit(name, []);
  return [...sorted];
}

/** Adds to each what its kind waits for. */
function addKinds(sorted: readonly Service[], graph: Map<string, Set<string>>): void {
  const namesOf = (type: Service["type"]) =>
    sorted.filter((one) => one.type === type).map(({ name }) => name);
  const [pre, long, post] = [
    namesOf("oneshot-pre"),
    namesOf("long-run"),
    namesOf("oneshot-post"),
  ];
  const add = (name: string, need: string | undefined) => {
    if (need !== undefined && !hasNeed(need, name, graph)) graph.get(name)!.add(need);
  };
  pre.forEach((name, i) => add(name, pre[i - 1]));
  for (const name of long) for (const one of pre) add(name, one);
  post.forEach((name, i) => [...pre, ...long, post[i - 1]].forEach((one) => add(name, one)));
}

/** Tells whether one needs the other, however far away. */
function hasNeed(name: string, other: string, graph: NeedGraph): boolean {
  if (name === other) return true;
  const seen = new Set([name]);
  for (const one of seen) {
    for (const need of graph.get(one)!) {
      if (need === other) return true;
      seen.add(need);
    }
  }
  return false;
}

function circleError(circle: readonly string[], { origin }: Service): NixociError {
  const message = `${origin}.after: services wait for each other in a circle: ${
    circle.join(" → ")
  }`;
  return new NixociError("USAGE", message, { hint: "take one of these out of after" });
}

function twiceError(service: Service, other: Service): NixociError {
  const placeOf = ({ field, origin }: Service) => field ? `${field} (${origin})` : origin;
  const message = `There are two services ${service.name}: ${placeOf(other)} and ${
    placeOf(service)
  }`;
  return new NixociError("USAGE", message, {
    hint: "rename or remove one of them",
  });
}
