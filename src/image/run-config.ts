/**
 * How containers of an image run: the `config` of a SPEC in the specification's spelling, laid over
 * what the base image says.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties
 * @see https://github.com/moby/docker-image-spec (Healthcheck, OnBuild, Shell)
 */
import { NixociError } from "../base/errors.ts";
import { isObject } from "./json.ts";

/** A config's `config`. */
export type RunConfig = Readonly<Record<string, unknown>>;

/** What of the base's config stays. */
export type Inherit = "none" | "env" | "all";

type Check = (value: unknown) => string | undefined;

const isText: Check = (value) => typeof value === "string" ? undefined : "must be a string";
const isTrueOrFalse: Check = (value) =>
  typeof value === "boolean" ? undefined : "must be true or false";
const isWhole: Check = (value) =>
  Number.isSafeInteger(value) ? undefined : "must be a whole number";
const isMapping: Check = (value) => isObject(value) ? undefined : "must be an object";
const isTexts: Check = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
    ? undefined
    : "must be a list of strings";
const isEnv: Check = (value) =>
  isTexts(value) ??
    ((value as string[]).every((one) => /^[^=]+=/.test(one))
      ? undefined
      : "must be a list of NAME=value");
const isLabels: Check = (value) =>
  isMapping(value) ??
    (Object.values(value as object).every((one) => typeof one === "string")
      ? undefined
      : "must be an object of strings");

/** In the specification's order, which is Go's when it writes them. */
const FIELDS: Readonly<Record<string, Check>> = {
  User: isText,
  ExposedPorts: isMapping,
  Env: isEnv,
  Entrypoint: isTexts,
  Cmd: isTexts,
  Volumes: isMapping,
  WorkingDir: isText,
  Labels: isLabels,
  StopSignal: isText,
  ArgsEscaped: isTrueOrFalse,
  Healthcheck: isMapping,
  OnBuild: isTexts,
  Shell: isTexts,
  StopTimeout: isWhole,
  Hostname: isText,
  Domainname: isText,
  Tty: isTrueOrFalse,
  OpenStdin: isTrueOrFalse,
  StdinOnce: isTrueOrFalse,
  Memory: isWhole,
  MemorySwap: isWhole,
  CpuShares: isWhole,
};

const HEALTHCHECK: Readonly<Record<string, Check>> = {
  Test: isTexts,
  Interval: isWhole,
  Timeout: isWhole,
  StartPeriod: isWhole,
  StartInterval: isWhole,
  Retries: isWhole,
};

/**
 * The config in the specification's spelling and order: known keys in whatever case become theirs,
 * unknown ones stay as they are, `null` is left out.
 * @throws NixociError `USAGE` for a value of the wrong kind, and for a key that is there twice.
 */
export function canonical(config: RunConfig, what: string): RunConfig {
  const run = spelled(config, FIELDS, what);
  return run["Healthcheck"] === undefined ? run : {
    ...run,
    Healthcheck: spelled(run["Healthcheck"] as RunConfig, HEALTHCHECK, `${what}.Healthcheck`),
  };
}

function spelled(
  config: RunConfig,
  fields: Readonly<Record<string, Check>>,
  what: string,
): Record<string, unknown> {
  const names = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]));
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(config)) {
    const name = names.get(key.toLowerCase()) ?? key;
    const trouble = found.has(name)
      ? `is there twice, as ${name} in other case`
      : value === null
      ? undefined
      : fields[name]?.(value);
    if (trouble !== undefined) throw new NixociError("USAGE", `${what}.${key}: ${trouble}`);
    if (value !== null) found.set(name, value);
  }
  return inOrder(found, Object.keys(fields));
}

function inOrder(found: ReadonlyMap<string, unknown>, names: readonly string[]) {
  const known = names.filter((name) => found.has(name));
  const order = new Set([...known, ...found.keys()]);
  return Object.fromEntries([...order].map((name) => [name, found.get(name)]));
}

/**
 * The config over what stays of the base's. Of variables the last of a name wins, at its first
 * place, as dockerTools has it; labels, ports and volumes add up.
 * @param own in the specification's spelling.
 */
export function overlaid(base: RunConfig, own: RunConfig, inherit: Inherit): RunConfig {
  if (inherit === "none") return own;
  const below = recased(base);
  const merged = new Map(Object.entries(inherit === "all" ? { ...below, ...own } : own));
  const env = mergedEnv(listOf(below["Env"]), listOf(own["Env"]));
  if (env.length > 0) merged.set("Env", env);
  if (inherit === "all") {
    for (const key of MAPS.filter((key) => merged.has(key))) {
      merged.set(key, { ...below[key] as object | undefined, ...own[key] as object | undefined });
    }
    // What is started is one thing: arguments for the base's entrypoint go with it.
    if (own["Entrypoint"] !== undefined && own["Cmd"] === undefined) merged.delete("Cmd");
  }
  return inOrder(merged, Object.keys(FIELDS));
}

/** Maps, to which an image adds. */
const MAPS = ["Labels", "ExposedPorts", "Volumes"];

/** The keys as the specification spells them; what they hold is the base's business. */
function recased(config: RunConfig): RunConfig {
  const names = new Map(Object.keys(FIELDS).map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [names.get(key.toLowerCase()) ?? key, value]),
  );
}

function mergedEnv(base: readonly string[], own: readonly string[]): string[] {
  const byName = new Map([...base, ...own].map((one) => [one.split("=", 1)[0]!, one]));
  return [...byName.values()];
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
