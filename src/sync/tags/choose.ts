/** Chooses some of many tags. */
import { rcompare, satisfies, SemVer, validRange } from "semver";
import { NixociError } from "../../base/errors.ts";
import { patternOf } from "../../flatten/glob.ts";

/** Keeps tags that match one of the patterns. @throws NixociError `USAGE` for a malformed one. */
export function keepMatching(tags: readonly string[], globs: readonly string[]): string[] {
  const patterns = globs.map(patternOf);
  return tags.filter((tag) => patterns.some((pattern) => pattern.test(tag)));
}

/**
 * Keeps tags that are versions in the range, newest first; of equal versions the order stays.
 * Prereleases only count where the range has one (1.2.0-rc.1), as npm has it.
 * @throws NixociError `USAGE` for what is not a range.
 */
export function keepVersions(tags: readonly string[], range: string): string[] {
  if (validRange(range, { loose: true }) === null) {
    throw new NixociError(
      "USAGE",
      `--semver: ${JSON.stringify(range)} is not a range of versions`,
      {
        hint: "write one such as '^1.2', '>=1.2 <2' or '1.x || 2.x'",
      },
    );
  }
  return tags.flatMap((tag) => {
    const version = parseVersion(tag);
    return version && satisfies(version, range, { loose: true }) ? [{ tag, version }] : [];
  }).sort((a, b) => rcompare(a.version, b.version)).map(({ tag }) => tag);
}

/** Parses a tag: `v1.2.3`, and with parts left out, as people tag images: `1.2` is 1.2.0. */
export function parseVersion(tag: string): SemVer | undefined {
  const [, major, minor = "0", patch = "0", rest = ""] =
    /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?([-+].*)?$/.exec(tag) ?? [];
  if (major === undefined) return undefined;
  try {
    return new SemVer(`${major}.${minor}.${patch}${rest}`, { loose: true });
  } catch {
    return undefined;
  }
}
