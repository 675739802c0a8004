/** Reads nixoci's own files. */
import { NixociError } from "../../base/errors.ts";
import { omitMissing } from "../../base/omit-missing.ts";
import { checkDestination } from "../images/names.ts";
import { keepMatching, keepVersions } from "../tags/choose.ts";
import type { ChooseTags, HostRules, Schedule, SyncConfig, SyncRule } from "../model.ts";
import {
  checkYamlFields,
  type FindLine,
  omitNotes,
  refuseTwice,
  type YamlDocument,
} from "../../image/yaml.ts";
import { OWN_FIELDS, type OwnFile, type OwnRule, ownSchema } from "./own-schema.ts";
import { compileAt, compileGlobs, expandVariables, parseDuration } from "./values.ts";

/** Reads a file of our own. @throws NixociError `MALFORMED`, `USAGE`, with the line. */
export function readOwnConfig(document: YamlDocument): SyncConfig {
  refuseTwice(document);
  const file = checkYamlFields(ownSchema, omitNotes(document.value), document, {
    known: OWN_FIELDS,
  });
  const { hosts = {}, parallel, defaults = {}, sync } = file;
  return {
    rules: sync.map((rule, at) =>
      readRule({ ...defaults, ...rule }, (path) => document.whereIs(["sync", at, ...path]))
    ),
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, host]) => [
        name,
        readHost(host, (key) => document.whereIs(["hosts", name, key])),
      ]),
    ),
    ...parallel !== undefined && { parallel },
    notices: [],
  };
}

function readRule(rule: OwnRule, whereIs: FindLine): SyncRule {
  const { source, destination, tags, repositories, immutable } = rule;
  const where = whereIs([]);
  const kind = kindOf(source, rule);
  if (repositories !== undefined && kind !== "registry") {
    throw new NixociError(
      "MALFORMED",
      `${whereIs(["repositories"])}: ${source} is one repository`,
      {
        hint: "write registry:HOST as the source to mean several",
      },
    );
  }
  const choice = Array.isArray(tags) ? { names: tags } : tags ?? {};
  return {
    source: kind === "registry" ? source.replace(/^[a-z]+:(\/\/)?/, "") : source,
    kind,
    destination: checkDestination(
      completeDestination(destination, kind),
      whereIs(["destination"]),
    ),
    names: choice.names,
    choose: createChoice(choice, (key) => whereIs(["tags", key])),
    hasRepository: repositories && compileGlobs(repositories, whereIs(["repositories"])),
    platforms: rule.platforms,
    referrers: rule.referrers,
    digestTags: rule.digestTags,
    isImmutable: immutable && compileGlobs(immutable, whereIs(["immutable"])),
    schedule: readSchedule(rule, whereIs),
    where,
  };
}

/** Tells what the source is: a registry's host alone, an image, or a repository. */
function kindOf(source: string, { tags }: OwnRule): SyncRule["kind"] {
  const [, name] = /^(?:registry:|docker:)(?:\/\/)?(.*)$/.exec(source) ?? [];
  if (name === undefined) return "repository";
  if (!name.includes("/") && /^(?:localhost|.*\..*|\[.*\]|.*:\d+)$/.test(name)) return "registry";
  const isNamed = /:[^/]*$/.test(name);
  return isNamed && tags === undefined ? "image" : "repository";
}

/** Returns the destination with what it leaves open: the tag, and of a registry the repository. */
function completeDestination(destination: string, kind: SyncRule["kind"]): string {
  if (/^(?:registry|docker):/.test(destination)) {
    const isTemplate = destination.includes("{");
    const place = kind === "registry" && !isTemplate ? `${destination}/{repository}` : destination;
    const last = place.slice(place.lastIndexOf("/"));
    return last.includes(":") || last.includes("{reference}") ? place : `${place}:{tag}`;
  }
  if (destination.includes("{") || /^[a-z]+-archive:/.test(destination)) return destination;
  if (destination.startsWith("dir:")) return `${destination}/{repository}:{tag}`;
  // A layout, an engine: images are called there by their whole names.
  return destination.endsWith(":") ? `${destination}{reference}` : `${destination}:{reference}`;
}

type OwnTags = Exclude<NonNullable<OwnRule["tags"]>, string[]>;

/** Makes what chooses tags; `undefined` where all or only named ones are meant. */
function createChoice(
  { match, regex, exclude, semver, newest, names }: OwnTags,
  whereIs: (key: string) => string,
): ChooseTags | undefined {
  const isAny = [match, regex, exclude, semver, newest].some((given) => given !== undefined);
  if (!isAny) return undefined;
  if (names !== undefined) {
    throw new NixociError("MALFORMED", `${whereIs("names")}: names mean all that they name`, {
      hint: "write a rule for them, and another one for tags that are chosen",
    });
  }
  const expressions = regex?.map((source) => compileAt(`^(?:${source})$`, whereIs("regex")));
  const isExcluded = exclude && compileGlobs(exclude, whereIs("exclude"));
  const choose = (tags: readonly string[]) => {
    const matching = match === undefined ? tags : keepMatching(tags, match);
    const wanted = matching.filter((tag) =>
      (expressions?.some((one) => one.test(tag)) ?? true) && !(isExcluded?.(tag) ?? false)
    );
    return semver === undefined ? wanted : keepVersions(wanted, semver);
  };
  checkChoice(choose, whereIs(semver === undefined ? "match" : "semver"));
  return async (tags, readTimes) => {
    const chosen = choose(tags);
    if (newest === undefined || chosen.length <= newest) return chosen;
    if (semver !== undefined) return chosen.slice(0, newest);
    const times = await readTimes(chosen);
    const timeOf = (tag: string) => times[tag] ?? "";
    return [...chosen].sort((a, b) => timeOf(b) < timeOf(a) ? -1 : timeOf(b) > timeOf(a) ? 1 : 0)
      .slice(0, newest);
  };
}

/** Proves patterns and ranges before anything is asked. */
function checkChoice(choose: (tags: readonly string[]) => unknown, where: string): void {
  try {
    choose(["1.0.0"]);
  } catch (error) {
    if (!(error instanceof NixociError)) throw error;
    const message = `${where}: ${error.message.replace(/^--semver: /, "")}`;
    throw new NixociError("MALFORMED", message, { cause: error, hint: error.hint });
  }
}

function readSchedule({ every, cron }: OwnRule, whereIs: FindLine): Schedule | undefined {
  if (every !== undefined && cron !== undefined) {
    throw new NixociError(
      "MALFORMED",
      `${whereIs(["cron"])}: every and cron contradict each other`,
      {
        hint: "leave one of them out",
      },
    );
  }
  if (every !== undefined) return { every: parseDuration(every, whereIs(["every"])) };
  return cron === undefined ? undefined : { cron };
}

function readHost(
  { username, password, ...host }: NonNullable<OwnFile["hosts"]>[string],
  whereIs: (key: string) => string,
): HostRules {
  return omitMissing({
    ...host,
    username: username && expandVariables(username, whereIs("username")),
    password: password && expandVariables(password, whereIs("password")),
  });
}
