/** Flags of the command line that say what fields of a SPEC say. Plain data: no parser is needed. */

/** The values of flags by their kind: `image` is a path or a reference, `whole` is 1 or more. */
export interface FlagValueTypes<Word extends string> {
  readonly text: string;
  readonly texts: string[];
  readonly file: string;
  readonly files: string[];
  readonly folder: string;
  readonly image: string;
  readonly whole: number;
  readonly choice: Word;
  readonly switch: boolean;
}

/** The kind of value that a flag has; those of `texts` and `files` may be given again. */
export type FlagKind = keyof FlagValueTypes<string>;

/** The looks of a flag, for those who parse it and show it. */
export interface FlagShape {
  readonly summary: string;
  /** The word for its value in the help. */
  readonly helpValue?: string;
  /** One letter. */
  readonly char?: "e" | "l" | "w" | "u" | "p";
  readonly aliases?: readonly string[];
}

/** A flag, for those who parse it and show it. */
export interface ShownFlag<Kind extends FlagKind, Word extends string> {
  readonly kind: Kind;
  readonly shape: FlagShape;
  /** The words that it may have, where it is a choice. */
  readonly words: readonly Word[];
}

/** A flag, and what it does to a SPEC's fields. */
export interface SpecFlag<V, Kind extends FlagKind = FlagKind, Word extends string = string>
  extends ShownFlag<Kind, Word> {
  /** Returns the fields that the flag changes. @param spec all fields as they are without it. */
  change(value: FlagValueTypes<Word>[Kind], spec: V): Partial<V>;
}

type TextKind = "text" | "file" | "folder" | "image";

/** Makes a flag of one value. */
export function defineTextFlag<V>(
  shape: FlagShape,
  change: (value: string, spec: NoInfer<V>) => Partial<NoInfer<V>>,
  kind: TextKind = "text",
): SpecFlag<V, TextKind, never> {
  return { kind, shape, words: [], change };
}

/** Makes a flag that may be given more than once. */
export function defineTextsFlag<V>(
  shape: FlagShape,
  change: (values: readonly string[], spec: NoInfer<V>) => Partial<NoInfer<V>>,
  kind: "texts" | "files" = "texts",
): SpecFlag<V, "texts" | "files", never> {
  return { kind, shape, words: [], change };
}

/** Makes a flag whose value is a whole number, 1 or more. */
export function defineNumberFlag<V>(
  shape: FlagShape,
  change: (value: number, spec: NoInfer<V>) => Partial<NoInfer<V>>,
): SpecFlag<V, "whole", never> {
  return { kind: "whole", shape, words: [], change };
}

/** Makes a flag whose value is one of some words. */
export function defineChoiceFlag<V, const Word extends string>(
  words: readonly Word[],
  shape: FlagShape,
  change: (value: Word, spec: NoInfer<V>) => Partial<NoInfer<V>>,
): SpecFlag<V, "choice", Word> {
  return { kind: "choice", shape, words, change };
}

/** Makes a flag without a value. */
export function defineSwitchFlag<V>(
  shape: FlagShape,
  change: (value: boolean, spec: NoInfer<V>) => Partial<NoInfer<V>>,
): SpecFlag<V, "switch", never> {
  return { kind: "switch", shape, words: [], change };
}
