/** Reads what is to be in sync: a file, or the words of the command line as if they stood in one. */
import { readFile } from "node:fs/promises";
import { text as readText } from "node:stream/consumers";
import { hasScheme, parsePlace } from "../../../../transports/reference.ts";
import { codeOf, NixociError, wrapError } from "../../../base/errors.ts";
import { omitMissing } from "../../../base/omit-missing.ts";
import { readSyncConfig, type SyncConfig } from "../../../sync/mod.ts";
import type { SyncChoice, SyncFlags } from "./flags.ts";

/** Reads it. @throws NixociError `USAGE` for words that do not go together, and what reading throws. */
export async function readSyncWords(
  source: string,
  destination: string | undefined,
  flags: SyncFlags,
): Promise<SyncConfig> {
  // Words in braces stand for parts of names: any name will do to see whether it is a place.
  const named = destination?.replaceAll(/\{[^{}]*\}/g, "x");
  if (named !== undefined) parsePlace(named, { lasting: true });
  if (hasScheme(source)) return await readSource(source, destination, flags);
  const choice = choiceOf(flags);
  const given = Object.keys(choice)[0];
  if (given !== undefined) {
    throw new NixociError("USAGE", `--${given} is for a SOURCE, and ${source} is a file`, {
      hint: "say it in the file",
    });
  }
  return await readSyncConfig(await readFileOrPipe(source), {
    name: source === "-" ? "standard input" : source,
    destination,
    scoped: flags.scoped || undefined,
    all: flags.all || undefined,
  });
}

/** Reads the flags that choose, where they are given. */
function choiceOf(flags: SyncChoice): SyncChoice {
  const { match, regex, exclude, semver, newest, platform, referrers } = flags;
  const words = { match, regex, exclude, semver, newest, platform, referrers };
  const given = omitMissing({ ...words, "digest-tags": flags["digest-tags"] });
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== false));
}

async function readSource(
  source: string,
  destination: string | undefined,
  flags: SyncFlags,
): Promise<SyncConfig> {
  if (destination === undefined) {
    throw new NixociError("USAGE", `Where do the images of ${source} go?`, {
      hint: "write nixoci sync SOURCE DESTINATION",
    });
  }
  if (flags.all) {
    throw new NixociError("USAGE", "--all is for files of skopeo's: indexes are taken whole", {
      hint: "leave it out",
    });
  }
  const { platform, referrers, "digest-tags": digestTags, ...tags } = choiceOf(flags);
  const rule = {
    source,
    destination: flags.scoped ? scopedOf(destination) : destination,
    ...Object.keys(tags).length > 0 && { tags },
    ...platform && { platforms: platform },
    ...referrers && { referrers },
    ...digestTags && { digestTags },
  };
  const text = JSON.stringify({ sync: [rule] });
  return await readSyncConfig(text, { name: "the command line" }).catch((error) => {
    throw codeOf(error) === "MALFORMED" ? usageError(error) : error;
  });
}

function usageError(cause: NixociError): NixociError {
  return new NixociError("USAGE", cause.message, { cause, hint: cause.hint });
}

function scopedOf(destination: string): string {
  return `${destination.replace(/\/+$/, "")}/{host}/{repository}:{tag}`;
}

async function readFileOrPipe(path: string): Promise<string> {
  try {
    return path === "-" ? await readText(process.stdin) : await readFile(path, "utf8");
  } catch (error) {
    throw wrapError(error, `Cannot read ${path}`);
  }
}
