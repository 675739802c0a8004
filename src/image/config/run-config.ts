/**
 * The way that containers of an image run, the `config` of its config: read, spelled as the specification does,
 * laid over a base's, and changed. Its fields stand in run-fields.ts.
 */
import { NixociError } from "../../base/errors.ts";
import { isObject } from "../json.ts";
import {
  type FieldKinds,
  HEALTHCHECK_FIELDS,
  isTextList,
  kindOf,
  RUN_FIELDS,
  type RunConfig,
  type RunFields,
  spellingOf,
} from "./run-fields.ts";

export type { RunConfig, RunFields } from "./run-fields.ts";

/** The part of a base's config that stays. */
export type Inherit = "none" | "env" | "all";

/**
 * Reads the fields that have a meaning, spelled in whatever case, as Go reads them. `null` is as good
 * as nothing.
 * @param onWrong is told of each field of the wrong kind, which is left out.
 */
export function readRunConfig(
  config: RunConfig,
  onWrong?: (field: string, must: string) => void,
): RunFields {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(spellKeys(config))) {
    const kind = kindOf(RUN_FIELDS, name);
    if (kind === undefined || value === null || value === undefined) continue;
    if (kind.is(value)) fields[name] = value;
    else onWrong?.(name, kind.must);
  }
  return fields;
}

/**
 * Spells a config as the specification does, and in its order: known keys in whatever case become
 * its own, unknown ones stay as they are, `null` is left out.
 * @throws NixociError `USAGE` for a value of the wrong kind, and for a key that is there twice.
 */
export function spellRunConfig(config: RunConfig, what: string): RunConfig {
  const run = spellFields(config, RUN_FIELDS, what);
  const { Env: env, Healthcheck: check } = run;
  if (isTextList(env) && !env.every((one) => /^[^=]+=/.test(one))) {
    throw new NixociError("USAGE", `${what}.Env: ${RUN_FIELDS.Env.must}`);
  }
  if (!isObject(check)) return run;
  return { ...run, Healthcheck: spellFields(check, HEALTHCHECK_FIELDS, `${what}.Healthcheck`) };
}

function spellFields(config: RunConfig, kinds: FieldKinds, what: string): RunConfig {
  const spelling = spellingOf(kinds);
  const found = new Map<string, unknown>();
  for (const [key, value] of Object.entries(config)) {
    const name = spelling(key);
    const kind = kindOf(kinds, name);
    const trouble = found.has(name)
      ? `is there twice, as ${name} in other case`
      : value === null || kind === undefined || kind.is(value)
      ? undefined
      : kind.must;
    if (trouble !== undefined) throw new NixociError("USAGE", `${what}.${key}: ${trouble}`);
    if (value !== null) found.set(name, value);
  }
  return sortFields(found, kinds);
}

/**
 * Lays a config over what stays of the base's. Of variables the last of a name wins, at its first
 * place, as dockerTools has it; labels, ports and volumes add up.
 * @param own in the specification's spelling.
 */
export function mergeRunConfig(base: RunConfig, own: RunConfig, inherit: Inherit): RunConfig {
  if (inherit === "none") return own;
  const below = spellKeys(base);
  const merged = new Map(Object.entries(inherit === "all" ? { ...below, ...own } : own));
  const env = mergeEnv(listOf(below["Env"]), listOf(own["Env"]));
  if (env.length > 0) merged.set("Env", env);
  if (inherit === "all") {
    for (const key of MAPS.filter((key) => merged.has(key))) {
      merged.set(key, { ...objectOf(below[key]), ...objectOf(own[key]) });
    }
    // What is started is one thing: arguments for the base's entrypoint go with it.
    if (own["Entrypoint"] !== undefined && own["Cmd"] === undefined) merged.delete("Cmd");
  }
  return sortFields(merged, RUN_FIELDS);
}

/** Maps, to which an image adds. */
const MAPS = Object.entries(RUN_FIELDS).flatMap(([name, { addsUp }]) =>
  addsUp && name !== "Env" ? name : []
);

/**
 * Changes a config in whatever spelling: variables, labels, ports and volumes are added to those
 * that are there, all else takes their place. Where what is there is of the wrong kind, it stays, to
 * be refused with all else that is wrong.
 */
export function changeRunConfig(config: RunConfig, changes: RunFields): RunConfig {
  const keys = new Map(Object.keys(config).map((key) => [key.toLowerCase(), key]));
  const result: Record<string, unknown> = { ...config };
  for (const [name, value] of Object.entries(changes)) {
    const key = keys.get(name.toLowerCase()) ?? name;
    const there = result[key] ?? undefined;
    if (there === undefined || !kindOf(RUN_FIELDS, name)?.addsUp) result[key] = value;
    else if (Array.isArray(there) && Array.isArray(value)) result[key] = [...there, ...value];
    else if (isObject(there) && isObject(value)) result[key] = { ...there, ...value };
  }
  return result;
}

/** Returns the keys as the specification spells them; what they hold is the config's business. */
function spellKeys(config: RunConfig): RunConfig {
  const spelling = spellingOf(RUN_FIELDS);
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [spelling(key), value]));
}

function sortFields(found: ReadonlyMap<string, unknown>, kinds: FieldKinds): RunConfig {
  const known = Object.keys(kinds).filter((name) => found.has(name));
  const order = new Set([...known, ...found.keys()]);
  return Object.fromEntries([...order].map((name) => [name, found.get(name)]));
}

function mergeEnv(base: readonly string[], own: readonly string[]): string[] {
  const byName = new Map([...base, ...own].map((one) => [one.split("=", 1)[0]!, one]));
  return [...byName.values()];
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function objectOf(value: unknown): object {
  return isObject(value) ? value : {};
}
