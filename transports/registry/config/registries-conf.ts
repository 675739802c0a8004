/**
 * registries.conf: where names really lead. Version 2 of the format.
 * @see https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { during, isSystemError, NixociError } from "../../../src/errors.ts";
import { configHome, type World } from "../world.ts";

/** One `[[registry]]`. */
export interface RegistryRule {
  /** What it is about: `host[:port][/path…]`, or `*.domain`. */
  readonly prefix: string;
  /** What stands for the prefix; empty with a wildcard means: leave the name as it is. */
  readonly location: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorRule[];
}

export interface MirrorRule {
  readonly location: string;
  readonly insecure: boolean;
  /** Which references it is asked for. */
  readonly pull: "all" | "digest-only" | "tag-only";
}

/**
 * The rules of the file given, or of the usual ones, where later files replace what earlier ones
 * say of the same prefix; in one file the first rule for it counts.
 * @throws NixociError `MALFORMED` or `UNSUPPORTED`, naming the file.
 */
export async function readRules(given: string | undefined, world: World): Promise<RegistryRule[]> {
  const rules = new Map<string, RegistryRule>();
  for (const file of given === undefined ? await files(world) : [given]) {
    const text = await readFile(file, "utf8").catch((error) => {
      if (given === undefined && isSystemError(error, "ENOENT")) return "";
      throw during(error, `Cannot read ${file}`);
    });
    for (const rule of (await parse(text, file)).reverse()) rules.set(rule.prefix, rule);
  }
  return [...rules.values()];
}

/**
 * As containers/image reads them: a user's file stands for all of the system's, folder included;
 * without one, the user's folder adds to the system's.
 */
async function files(world: World): Promise<string[]> {
  const user = join(configHome(world), "containers");
  const system = join(world.etc, "containers");
  const named = world.env["CONTAINERS_REGISTRIES_CONF"];
  const own = join(user, "registries.conf");
  if (!named && await isThere(own)) return [own, ...await dropIns(user)];
  const main = named || join(system, "registries.conf");
  return [main, ...await dropIns(system), ...await dropIns(user)];
}

async function isThere(file: string): Promise<boolean> {
  return await access(file).then(() => true, () => false);
}

async function dropIns(folder: string): Promise<string[]> {
  const path = join(folder, "registries.conf.d");
  const names = await readdir(path).catch((error) => {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw during(error, `Cannot read ${path}`);
  });
  return names.filter((name) => name.endsWith(".conf")).sort().map((name) => join(path, name));
}

async function parse(text: string, file: string): Promise<RegistryRule[]> {
  // Most files only have aliases or comments: no parser needs to be loaded for those.
  if (!/^[^#\n]*\bregistr(y|ies)\b/m.test(text)) return [];
  const { parse: parseToml } = await import("smol-toml");
  let value: Record<string, unknown>;
  try {
    value = parseToml(text);
  } catch (error) {
    throw during(new NixociError("MALFORMED", (error as Error).message.split("\n")[0]!), file);
  }
  if (value["registries"] !== undefined) {
    throw new NixociError("UNSUPPORTED", `${file} is in version 1 of its format`, {
      hint: "write [[registry]] tables, or name another file with --registries-conf",
    });
  }
  const tables = value["registry"] ?? [];
  if (!Array.isArray(tables)) throw new NixociError("MALFORMED", `${file}: registry is no list`);
  return tables.map((table) => rule(table as Record<string, unknown>, file));
}

function rule(table: Record<string, unknown>, file: string): RegistryRule {
  const location = text(table, "location", file);
  const prefix = text(table, "prefix", file) || location;
  const isWildcard = prefix.startsWith("*.");
  if (prefix === "" || (location === "" && !isWildcard)) {
    throw new NixociError("MALFORMED", `${file}: a registry has neither prefix nor location`);
  }
  const digestOnly = table["mirror-by-digest-only"] === true;
  const mirrors = table["mirror"] ?? [];
  if (!Array.isArray(mirrors)) throw new NixociError("MALFORMED", `${file}: mirror is no list`);
  return {
    prefix: prefix.replace(/\/+$/, ""),
    location: location.replace(/\/+$/, ""),
    insecure: table["insecure"] === true,
    blocked: table["blocked"] === true,
    mirrors: mirrors.map((table: Record<string, unknown>) => ({
      ...mirror(table, file),
      ...(digestOnly && { pull: "digest-only" }),
    })),
  };
}

function mirror(table: Record<string, unknown>, file: string): MirrorRule {
  const location = text(table, "location", file).replace(/\/+$/, "");
  if (location === "") throw new NixociError("MALFORMED", `${file}: a mirror has no location`);
  return { location, insecure: table["insecure"] === true, pull: pullFrom(table, file) };
}

function text(table: Record<string, unknown>, key: string, file: string): string {
  const value = table[key] ?? "";
  if (typeof value === "string") return value;
  throw new NixociError("MALFORMED", `${file}: ${key} is not text`);
}

function pullFrom(mirror: Record<string, unknown>, file: string): MirrorRule["pull"] {
  const value = mirror["pull-from-mirror"] ?? "all";
  if (value === "all" || value === "digest-only" || value === "tag-only") return value;
  throw new NixociError("MALFORMED", `${file}: pull-from-mirror is all, digest-only or tag-only`);
}
