/** The stages of a Dockerfile whose image is one of a commit. */
import { NixociError } from "../../base/errors.ts";

/** A commit of git, in full. */
export const COMMIT = /^[0-9a-f]{40}$/;

/** A `FROM` of an image whose tag is a commit. */
export interface PinnedStage {
  /** The number of its line, from 1. */
  readonly line: number;
  /** `niteo/nixpkgs-nixos-20.03`. */
  readonly image: string;
  readonly commit: string;
}

const FROM =
  /^(\s*FROM\s+(?:--\S+\s+)*)([^\s:@]+(?::\d+\/[^\s:@]+)?):([0-9a-f]{40})(@\S+)?(?=\s|$)/i;
/** As BuildKit reads it: a word of its own, so that neither a shift of numbers nor a here-string is one. */
const HEREDOC = /(?<=\s)\d*<<(-?)(["']?)(\w+)\2/g;

/**
 * Lists the stages whose image is one of a commit; of one image alone, where it is named.
 * @param what names the file in errors.
 * @throws NixociError `NOT_FOUND` where there is none; `USAGE` where a digest says which bytes it is, and
 * where two images have commits and none is named.
 */
export function listPinnedStages(text: string, what: string, image?: string): PinnedStage[] {
  const all = listInstructions(text).flatMap(({ line, text }): PinnedStage[] => {
    const [, , name, commit, digest] = FROM.exec(text) ?? [];
    if (name === undefined || (image !== undefined && name !== image)) return [];
    if (digest !== undefined) throw digestError(what, line, name);
    return [{ line, image: name, commit: commit! }];
  });
  if (all.length === 0) throw noStageError(what, image);
  const names = [...new Set(all.map((stage) => stage.image))];
  if (names.length === 1) return all;
  throw new NixociError("USAGE", `${what} has stages of ${names.join(" and ")}, with commits`, {
    hint: `say which is meant: --image ${names[0]}`,
  });
}

/** Returns the text with another commit in these stages; nothing else of it is touched. */
export function changeCommits(
  text: string,
  stages: readonly PinnedStage[],
  commit: string,
): string {
  const wanted = new Set(stages.map(({ line }) => line));
  return text.split("\n").map((line, i) =>
    wanted.has(i + 1)
      ? line.replace(FROM, (_, before, image) => `${before}${image}:${commit}`)
      : line
  ).join("\n");
}

/** Lists the lines that begin an instruction: none of those that go on with one, and of no heredoc. */
function listInstructions(text: string): { readonly line: number; readonly text: string }[] {
  const found: { line: number; text: string }[] = [];
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const goesOn = findEscape(lines) === "`" ? /`\s*$/ : /\\\s*$/;
  let isContinued = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (/^\s*#/.test(line)) continue;
    if (!isContinued) found.push({ line: i + 1, text: line });
    isContinued = goesOn.test(line);
    for (const [, tabs, , name] of line.matchAll(HEREDOC)) i = findEnd(lines, i, name!, tabs);
  }
  return found;
}

/** Finds the escape that a comment at the top sets, `# escape=`; a backslash where none does. */
function findEscape(lines: readonly string[]): string {
  for (const line of lines) {
    const [, name, value] = /^\s*#\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() === "escape") return value!;
  }
  return "\\";
}

/** Finds the last line of a heredoc; where there is none, it ends where it begins. */
function findEnd(lines: readonly string[], from: number, name: string, tabs: string | undefined) {
  const end = lines.findIndex((line, i) =>
    i > from && (tabs ? line.replace(/^\t+/, "") : line) === name
  );
  return end === -1 ? from : end;
}

function digestError(what: string, line: number, image: string): NixociError {
  const message = `${what}:${line}: ${image} has a digest, and another commit's is another one`;
  return new NixociError("USAGE", message, { hint: "leave the digest out: a commit never moves" });
}

function noStageError(what: string, image: string | undefined): NixociError {
  const wanted = image === undefined ? "an image" : image;
  return new NixociError("NOT_FOUND", `${what} has no FROM of ${wanted} with a commit as its tag`, {
    hint: "write FROM IMAGE:COMMIT, with the 40 digits of a commit, once by hand",
  });
}
