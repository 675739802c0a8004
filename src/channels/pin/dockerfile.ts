/** The places in a Dockerfile that name an image of a commit. */
import { NixociError } from "../../base/errors.ts";
import { redactReply } from "../../base/text.ts";
import { putDefaults, readArgDefaults } from "./arguments.ts";
import { copyPart, listInstructions, type TracedText } from "./instructions.ts";

/** A commit of git, in full. */
export const COMMIT = /^[0-9a-f]{40}$/;

/** An image whose tag is a commit: in a `FROM`, in an `ARG` that it has, or where files come from. */
export interface PinnedStage {
  /** The number of the line that has the commit, from 1. */
  readonly line: number;
  /** `niteo/nixpkgs-nixos-20.03`. */
  readonly image: string;
  readonly commit: string;
  /** The place of the commit in the text. */
  readonly at: number;
}

/** The places of a Dockerfile. */
export interface PinnedStages {
  readonly stages: readonly PinnedStage[];
  /** Places that may be of the image, but do not say so; each with its line, and the reason. */
  readonly unclear: readonly string[];
}

/** A word that names an image, or may. */
interface ImageWord {
  /** The word as it stands there. */
  readonly asked: TracedText;
  /** The same with the defaults of its variables. */
  readonly word: TracedText;
  /** The reason for which a variable in it stays one. */
  readonly why: string;
}

const FROM = /^\s*FROM\s+(?:--\S+\s+)*(\S+)/id;
const COPY = /^\s*(?:ONBUILD\s+)?COPY\s+(?:--\S+\s+)*?--from=(\S+)/id;
const RUN = /^\s*(?:ONBUILD\s+)?RUN\s+(?:--\S+\s+)+/i;
const MOUNT = /(?<=\s--mount=(?:\S*,)?"?from=)[^\s,"]+/g;
const PINNED = /^([^\s:@]+(?::\d+\/[^\s:@]+)?):([0-9a-f]{40})(@\S+)?$/;

/**
 * Lists the places that name an image by a commit; of one image alone, where it is named.
 * @param what names the file in errors.
 * @throws NixociError `NOT_FOUND` where there is none; `USAGE` where a digest says which bytes it is,
 * where two images have commits and none is named, and where two have one commit in one `ARG`.
 */
export function listPinnedStages(text: string, what: string, image?: string): PinnedStages {
  const words = listImageWords(text);
  const lineOf = (at: number) => text.slice(0, at).split("\n").length;
  const all = words.flatMap(({ word }): PinnedStage[] => {
    const [, name, commit, digest] = PINNED.exec(word.text) ?? [];
    if (name === undefined) return [];
    const at = word.at[name.length + 1]!;
    const isWhole = text.slice(at, at + commit!.length) === commit;
    if (!isWhole) return [];
    if (digest !== undefined && (image ?? name) === name) throw digestError(what, lineOf(at), name);
    return [{ line: lineOf(at), image: name, commit: commit!, at }];
  });
  const stages = all.filter((one, i) =>
    (image ?? one.image) === one.image && all.findIndex((other) => isSame(other, one)) === i
  );
  const names = [...new Set(stages.map((stage) => stage.image))];
  const unclear = words.filter(({ word }) => isUnclear(word.text, image ?? names[0]))
    .map(({ asked, why }) => `${what}:${lineOf(asked.at[0]!)}: ${redactReply(asked.text)} ${why}`);
  if (stages.length === 0) throw noStageError(what, image, unclear);
  if (names.length > 1) {
    throw new NixociError("USAGE", `${what} has stages of ${names.join(" and ")}, with commits`, {
      hint: `say which is meant: --image ${names[0]}`,
    });
  }
  const shared = stages.find((one) =>
    all.some((other) => other.at === one.at && other.image !== one.image)
  );
  if (shared !== undefined) throw sharedError(what, shared);
  return { stages, unclear };
}

/** Returns the text with another commit in these places; nothing else of it is touched. */
export function changeCommits(
  text: string,
  stages: readonly PinnedStage[],
  commit: string,
): string {
  return stages.reduce(
    (done, { at }) => done.slice(0, at) + commit + done.slice(at + commit.length),
    text,
  );
}

function listImageWords(text: string): ImageWord[] {
  const instructions = listInstructions(text);
  const defaults = readArgDefaults(instructions);
  return instructions.flatMap((instruction): ImageWord[] => {
    const from = findWord(instruction, FROM);
    if (from !== undefined) {
      const why = "has a variable without a default, and stays as it is";
      return [{ asked: from, word: putDefaults(from, defaults), why }];
    }
    const why = "has a variable, which Docker does not follow there";
    const copied = findWord(instruction, COPY);
    const words = copied === undefined ? listMounts(instruction) : [copied];
    return words.map((word) => ({ asked: word, word, why }));
  });
}

function findWord(instruction: TracedText, pattern: RegExp): TracedText | undefined {
  const place = pattern.exec(instruction.text)?.indices?.[1];
  return place && copyPart(instruction, ...place);
}

function listMounts(instruction: TracedText): TracedText[] {
  const [flags = ""] = RUN.exec(instruction.text) ?? [];
  return [...flags.matchAll(MOUNT)].map(({ 0: word, index }) =>
    copyPart(instruction, index, index + word.length)
  );
}

function isSame(one: PinnedStage, other: PinnedStage): boolean {
  return one.at === other.at && one.image === other.image;
}

/** Tells whether a word whose variables are not known may be this image with a commit, or any. */
function isUnclear(word: string, image: string | undefined): boolean {
  if (!word.includes("$") || PINNED.test(word)) return false;
  const [, name = word] = /^([^\s:@]+(?::\d+\/[^\s:@]+)?):/.exec(word) ?? [];
  return name.includes("$") || name === (image ?? name);
}

function digestError(what: string, line: number, image: string): NixociError {
  const message = `${what}:${line}: ${image} has a digest, and another commit's is another one`;
  return new NixociError("USAGE", message, { hint: "leave the digest out: a commit never moves" });
}

function sharedError(what: string, { line, image }: PinnedStage): NixociError {
  const message = `${what}:${line}: the commit is that of ${image} and of another image`;
  return new NixociError("USAGE", message, { hint: "give each an ARG of its own" });
}

function noStageError(
  what: string,
  image: string | undefined,
  unclear: readonly string[],
): NixociError {
  const wanted = image === undefined ? "an image" : image;
  const but = unclear.map((one) => `; ${one}`).join("");
  const message = `${what} has no FROM of ${wanted} with a commit as its tag${but}`;
  return new NixociError("NOT_FOUND", message, {
    hint: "write FROM IMAGE:COMMIT, with the 40 digits of a commit, once by hand",
  });
}
