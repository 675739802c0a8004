/** Arguments, which say of themselves what stands in their place. */
import { string } from "@oclif/core/args";
import type { Arg } from "@oclif/core/interfaces";

/** The kind of word that an argument is, for completion; any word where it does not say. */
export type ArgKind = "reference" | "file" | "command";

/** An argument in oclif's terms, and its kind. */
export type WordArg<Value> = Arg<Value> & {
  readonly takes?: ArgKind;
  /** It is always there, though one that may be left out stands before it: `build [SPEC] DESTINATION`. */
  readonly isNeeded?: boolean;
};

/** Declares a word that has to be given. Never read from stdin, as oclif would. */
export function defineRequiredArg(description: string, takes?: ArgKind): WordArg<string> {
  return { ...string({ required: true, ignoreStdin: true, description }), takes };
}

/** Declares a word that may be left out. */
export function defineOptionalArg(
  description: string,
  takes?: ArgKind,
): WordArg<string | undefined> {
  return { ...string({ ignoreStdin: true, description }), takes };
}

/** Declares a word that is always there, behind one that may be left out. */
export function defineLastArg(description: string, takes?: ArgKind): WordArg<string | undefined> {
  return { ...defineOptionalArg(description, takes), isNeeded: true };
}

/** Declares a `scheme:location` that has to be given. */
export function defineReferenceArg(description: string): WordArg<string> {
  return defineRequiredArg(description, "reference");
}

/** Declares words of which there are one or more; they come last. */
export function defineWordsArg(description: string): WordArg<string[]> {
  return string({ required: true, multiple: true, ignoreStdin: true, description });
}

/** Declares words of which there are any number; they come last. */
export function defineOptionalWordsArg(
  description: string,
  takes?: ArgKind,
): WordArg<string[] | undefined> {
  return { ...string({ multiple: true, ignoreStdin: true, description }), takes };
}
