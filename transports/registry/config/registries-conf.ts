/**
 * registries.conf: where names really lead. Version 2 of the format.
 * @see https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readSmallFile, readSmallFileIfThere } from "../../../src/bytes/disk/small-file.ts";
import { isSystemError, NixociError, wrapError } from "../../../src/base/errors.ts";
import { configHomeOf, type World } from "../world.ts";
import type { RegistryTable } from "./registries-schema.ts";

/** One `[[registry]]`. */
export interface RegistryRule {
  /** The names that it is about: `host[:port][/path…]`, or `*.domain`. */
  readonly prefix: string;
  /** The text that replaces the prefix; empty with a wildcard means: leave the name as it is. */
  readonly location: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorRule[];
}

export interface MirrorRule {
  readonly location: string;
  readonly insecure: boolean;
  /** The references that it is asked for. */
  readonly pull: "all" | "digest-only" | "tag-only";
}

/**
 * The rules of the file given, or of the usual ones, where later files replace what earlier ones
 * say of the same prefix; in one file the first rule for it counts.
 * @throws NixociError `MALFORMED` or `UNSUPPORTED`, naming the file.
 */
export function readRules(given: string | undefined, world: World): Promise<RegistryRule[]> {
  const known = underWay.get(world) ?? new Map<string | undefined, Promise<RegistryRule[]>>();
  underWay.set(world, known);
  const reading = known.get(given) ??
    readRulesNow(given, world).finally(() => void known.delete(given));
  known.set(given, reading);
  return reading;
}

/** Places that are opened at the same time read the files once. */
const underWay = new WeakMap<World, Map<string | undefined, Promise<RegistryRule[]>>>();

async function readRulesNow(given: string | undefined, world: World): Promise<RegistryRule[]> {
  const rules = new Map<string, RegistryRule>();
  for (const file of given === undefined ? await listConfFiles(world) : [given]) {
    const read = given === undefined ? readSmallFileIfThere : readSmallFile;
    const bytes = await read(file);
    const found = await parse(bytes?.toString() ?? "", file);
    for (const rule of found.reverse()) rules.set(rule.prefix, rule);
  }
  return [...rules.values()];
}

/**
 * As containers/image reads them: a user's file stands for all of the system's, folder included;
 * without one, the user's folder adds to the system's.
 */
async function listConfFiles(world: World): Promise<string[]> {
  const user = join(configHomeOf(world), "containers");
  const system = join(world.etc, "containers");
  const named = world.env["CONTAINERS_REGISTRIES_CONF"];
  const own = join(user, "registries.conf");
  if (!named && await isThere(own)) return [own, ...await dropIns(user)];
  const main = named || join(system, "registries.conf");
  return [main, ...await dropIns(system), ...await dropIns(user)];
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(() => true, () => false);
}

async function dropIns(folder: string): Promise<string[]> {
  const path = join(folder, "registries.conf.d");
  const names = await readdir(path).catch((error) => {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw wrapError(error, `Cannot read ${path}`);
  });
  return names.filter((name) => name.endsWith(".conf")).sort().map((name) => join(path, name));
}

// A key or table of rules; a quoted one with a text is the alias of an image that is called so.
const RULES =
  /^\s*(?:\[\[?\s*)?(?:(["'])registr(?:y|ies)\1(?:\s*[.\]]|\s*=(?!\s*["']))|registr(?:y|ies)\s*[=.\]])/m;

async function parse(text: string, file: string): Promise<RegistryRule[]> {
  // Most files have aliases and comments only: no parser is loaded for those.
  if (!RULES.test(text)) return [];
  const { parse: parseToml } = await import("smol-toml");
  let value: Record<string, unknown>;
  try {
    value = parseToml(text);
  } catch (error) {
    throw wrapError(new NixociError("MALFORMED", (error as Error).message.split("\n")[0]!), file);
  }
  if (value["registries"] !== undefined) {
    throw new NixociError("UNSUPPORTED", `${file} is in version 1 of its format`, {
      hint: "write [[registry]] tables, or name another file with --registries-conf",
    });
  }
  const [{ checkShape }, { registriesSchema }] = await Promise.all([
    import("../../../src/image/documents/schemas.ts"),
    import("./registries-schema.ts"),
  ]);
  return (checkShape(registriesSchema, value, file).registry ?? []).map(readRule);
}

function readRule({ prefix, location = "", ...table }: RegistryTable): RegistryRule {
  const digestOnly = table["mirror-by-digest-only"] === true;
  return {
    prefix: trimSlash(prefix || location),
    location: trimSlash(location),
    insecure: table.insecure === true,
    blocked: table.blocked === true,
    mirrors: (table.mirror ?? []).map((mirror) => ({
      location: trimSlash(mirror.location),
      insecure: mirror.insecure === true,
      pull: digestOnly ? "digest-only" : mirror["pull-from-mirror"] || "all",
    })),
  };
}

function trimSlash(name: string): string {
  return name.replace(/\/+$/, "");
}
