/**
 * Reads the files of regsync, with its rules: expressions match whole tags, ranges of versions come
 * first, then what is allowed, then what is denied; sets of tags are united.
 * @see https://regclient.org/usage/regsync/
 */
import { NixociError } from "../../base/errors.ts";
import { omitMissing } from "../../base/omit-missing.ts";
import { isObject } from "../../image/json.ts";
import { compileRegsyncRange } from "../tags/regsync-versions.ts";
import type { ChooseTags, HostRules, Schedule, SyncConfig, SyncRule } from "../model.ts";
import { checkYamlFields } from "../../image/yaml/check.ts";
import { type FindLine, omitNotes, type Path, type YamlDocument } from "../../image/yaml/parse.ts";
import {
  REFUSED,
  REGSYNC_FIELDS,
  type RegsyncEntry,
  type RegsyncHost,
  regsyncSchema,
  type RegsyncTags,
  UNUSED,
} from "./regsync-schema.ts";
import { expandGoTemplate } from "./go-template.ts";
import { parseCron } from "./schedule.ts";
import { checkPlatforms, compileWhole, createRuleLines, HOST, parseDuration } from "./values.ts";

/** Tells whether a file is one of regsync's. */
export function isRegsyncConfig(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { sync, version, creds } = value;
  return version !== undefined || creds !== undefined ||
    Array.isArray(sync) && sync.some((entry) => isObject(entry) && entry["target"] !== undefined);
}

/** Reads a file of regsync's. @throws NixociError `MALFORMED`, `UNSUPPORTED`, with the line. */
export async function readRegsyncConfig(document: YamlDocument): Promise<SyncConfig> {
  const known = { known: REGSYNC_FIELDS };
  const file = checkYamlFields(regsyncSchema, omitNotes(document.value), document, known);
  const { defaults } = file;
  const notices = listUnused(file, document);
  const rules = await Array.fromAsync(file.sync ?? [], (entry, at) => {
    const own = omitMissing(entry);
    return readEntry(
      { ...omitMissing(defaults ?? {}), ...own } as RegsyncEntry,
      createRuleLines(document, at, own, defaults ?? {}),
    );
  });
  const hosts = (file.creds ?? []).map((host, at) =>
    readHost(host, (key) => document.whereIs(["creds", at, key]))
  );
  return {
    rules,
    hosts: Object.fromEntries(hosts),
    ...defaults?.parallel && { parallel: defaults.parallel },
    notices,
  };
}

/** Refuses what would be missed, and lists what is not used. */
function listUnused(file: unknown, { whereIs }: YamlDocument): string[] {
  const notices = new Map<string, string>();
  const visit = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) value.forEach((inner, at) => visit(inner, [...path, at]));
    if (!isObject(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      if (isBlank(inner)) continue;
      const at = [...path, key];
      const hint = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined;
      if (hint !== undefined) {
        const message = `${whereIs(at)}: nixoci does not do what ${key} says`;
        throw new NixociError("UNSUPPORTED", message, { hint });
      }
      const unused = Object.hasOwn(UNUSED, key) ? UNUSED[key] : undefined;
      if (unused === undefined) visit(inner, at);
      else if (!notices.has(key)) {
        notices.set(key, `${whereIs(at)}: ${key} is not used: ${unused}`);
      }
    }
  };
  visit(file, []);
  return [...notices.values()];
}

function isBlank(value: unknown): boolean {
  return value === null || value === undefined || value === "" || value === false ||
    (typeof value === "object" && Object.keys(value).length === 0);
}

async function readEntry(entry: RegsyncEntry, whereIs: FindLine): Promise<SyncRule> {
  const source = expandGoTemplate(entry.source, whereIs(["source"]));
  const target = expandGoTemplate(entry.target, whereIs(["target"]));
  const { type, platform, platforms, repos } = entry;
  const isAllowed = compileLists(repos ?? {}, (key) => whereIs(["repos", key]));
  const place = type === "registry" ? `${placeOf(target)}/{repository}` : placeOf(target);
  return {
    source: type === "registry" ? source : placeOf(source),
    kind: type,
    destination: type === "image" ? place : `${place}:{tag}`,
    choose: type === "image" ? undefined : createChooser(entry, whereIs),
    hasRepository: isAllowed,
    platforms: platform
      ? readPlatforms([platform], () => whereIs(["platform"]))
      : platforms
      ? readPlatforms(platforms, (at) => whereIs(["platforms", at]))
      : undefined,
    referrers: entry.referrers ?? undefined,
    digestTags: entry.digestTags ?? undefined,
    isFast: entry.fastCheck ?? undefined,
    schedule: await readSchedule(entry, whereIs),
    where: whereIs([]),
  };
}

/** Returns `scheme:location` for a name as regclient writes it: `host/path`, `ocidir://path`. */
function placeOf(name: string): string {
  const [, path] = /^ocidir:\/\/(.*)$/s.exec(name) ?? [];
  return path === undefined ? `registry:${name}` : `oci-dir:${path}`;
}

function createChooser(
  { tags, tagSets }: RegsyncEntry,
  whereIs: FindLine,
): ChooseTags | undefined {
  const own = tags && Object.values(tags).some((list) => (list?.length ?? 0) > 0) ? [tags] : [];
  const sets = [
    ...(tagSets ?? []).map((set, at) => compileTags(set, (key) => whereIs(["tagSets", at, key]))),
    ...own.map((set) => compileTags(set, (key) => whereIs(["tags", key]))),
  ];
  if (sets.length === 0) return undefined;
  return async (all) => [...new Set(sets.flatMap((isIn) => all.filter(isIn)))];
}

function compileTags(
  { semverRange, ...lists }: RegsyncTags,
  whereIs: (key: string) => string,
): (tag: string) => boolean {
  const ranges = (semverRange ?? []).map((range) => {
    try {
      return compileRegsyncRange(range);
    } catch (error) {
      if (!(error instanceof NixociError)) throw error;
      const message = `${whereIs("semverRange")}: ${error.message}`;
      throw new NixociError("MALFORMED", message, { cause: error, hint: error.hint });
    }
  });
  const isListed = compileLists(lists, whereIs);
  return (tag) => (ranges.length === 0 || ranges.some((isIn) => isIn(tag))) && isListed(tag);
}

/** Compiles what is allowed, all where nothing is, and what of that is denied. */
function compileLists(
  { allow, deny }: { readonly allow?: string[] | null; readonly deny?: string[] | null },
  whereIs: (key: string) => string,
): (name: string) => boolean {
  const [allowed, denied] = [["allow", allow] as const, ["deny", deny] as const].map(
    ([key, list]) => (list ?? []).map((source) => compileWhole(source, whereIs(key), ["^", "$"])),
  );
  return (name) =>
    (allowed!.length === 0 || allowed!.some((one) => one.test(name))) &&
    !denied!.some((one) => one.test(name));
}

/** Reads platforms, of which `local` is the machine's. */
function readPlatforms(
  platforms: readonly string[],
  whereIs: (at: number) => string,
): readonly string[] {
  return checkPlatforms(platforms.map((one) => one === "local" ? HOST : one), whereIs);
}

async function readSchedule(
  { interval, schedule }: RegsyncEntry,
  whereIs: FindLine,
): Promise<Schedule | undefined> {
  if (schedule) return await parseCron(schedule, whereIs(["schedule"]));
  return interval ? { every: parseDuration(interval, whereIs(["interval"])) } : undefined;
}

function readHost(
  { registry, user, pass, tls, reqPerSec, reqConcurrent }: RegsyncHost,
  whereIs: (key: string) => string,
): [host: string, rules: HostRules] {
  const name = expandGoTemplate(registry, whereIs("registry"));
  return [
    name,
    omitMissing({
      username: (user && expandGoTemplate(user, whereIs("user"))) || undefined,
      password: (pass && expandGoTemplate(pass, whereIs("pass"))) || undefined,
      tlsVerify: tls ? tls === "enabled" : undefined,
      perSecond: reqPerSec || undefined,
      parallel: reqConcurrent || undefined,
    }),
  ];
}
