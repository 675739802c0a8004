/** Reads nixoci's own files. */
import { NixociError } from "../../base/errors.ts";
import { omitMissing } from "../../base/omit-missing.ts";
import { checkDestination } from "../images/names.ts";
import { keepNewest } from "../images/newest.ts";
import { keepMatching, keepVersions } from "../tags/choose.ts";
import type { ChooseTags, HostRules, Schedule, SyncConfig, SyncRule } from "../model.ts";
import { checkYamlFields } from "../../image/yaml/check.ts";
import {
  type FindLine,
  omitNotes,
  refuseTwice,
  type YamlDocument,
} from "../../image/yaml/parse.ts";
import { OWN_FIELDS, type OwnFile, type OwnRule, ownSchema } from "./own-schema.ts";
import { parseCron } from "./schedule.ts";
import {
  checkHost,
  checkPlatforms,
  compileGlobs,
  compileWhole,
  createRuleLines,
  expandVariables,
  parseDuration,
} from "./values.ts";

/** Reads a file of our own. @throws NixociError `MALFORMED`, `USAGE`, with the line. */
export async function readOwnConfig(document: YamlDocument): Promise<SyncConfig> {
  refuseTwice(document);
  const file = checkYamlFields(ownSchema, omitNotes(document.value), document, {
    known: OWN_FIELDS,
  });
  const { hosts = {}, parallel, defaults = {}, sync } = file;
  return {
    rules: await Array.fromAsync(
      sync,
      (rule, at) =>
        readRule(completeRule(rule, defaults), createRuleLines(document, at, rule, defaults)),
    ),
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, host]) => [
        checkHost(name, document.whereIs(["hosts", name])),
        readHost(host, (key) => document.whereIs(["hosts", name, key])),
      ]),
    ),
    ...parallel !== undefined && { parallel },
    notices: [],
  };
}

/** Returns the rule with the defaults; of the two ways of saying when, its own alone. */
function completeRule(rule: OwnRule, defaults: Partial<OwnRule>): OwnRule {
  const { every: _every, cron: _cron, ...others } = defaults;
  const saysWhen = rule.every !== undefined || rule.cron !== undefined;
  return { ...saysWhen ? others : defaults, ...rule };
}

async function readRule(rule: OwnRule, whereIs: FindLine): Promise<SyncRule> {
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
    platforms: rule.platforms &&
      checkPlatforms(rule.platforms, (at) => whereIs(["platforms", at])),
    referrers: rule.referrers,
    digestTags: rule.digestTags,
    isImmutable: immutable && compileGlobs(immutable, whereIs(["immutable"])),
    schedule: await readSchedule(rule, whereIs),
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
  // A layout, an engine: images are called there by their whole names, unless it says a name.
  if (destination.endsWith(":")) return `${destination}{reference}`;
  return /:.*:/.test(destination) ? destination : `${destination}:{reference}`;
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
  const expressions = regex?.map((source) => compileWhole(source, whereIs("regex")));
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
    const dated = chosen.map((name) => ({ name, created: times[name] }));
    return keepNewest(dated, newest, (why) => {
      const message = `${whereIs("newest")}: which are the newest ${newest} is not known: ${why}`;
      return new NixociError("REFUSED", message, {
        hint: "choose by version with semver, or leave tags out with match or exclude",
      });
    }).map(({ name }) => name);
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

async function readSchedule(
  { every, cron }: OwnRule,
  whereIs: FindLine,
): Promise<Schedule | undefined> {
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
  return cron === undefined ? undefined : await parseCron(cron, whereIs(["cron"]));
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
