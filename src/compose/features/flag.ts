/** Flags of the command line that say what fields of a SPEC say. Plain data: no parser is needed. */

/** The looks of a flag, for those who parse it and show it. */
export interface FlagShape {
  readonly summary: string;
  /** The word for its value in the help. */
  readonly helpValue?: string;
  /** One letter. */
  readonly char?: "e" | "l" | "w" | "u" | "p";
  readonly aliases?: readonly string[];
}

/** A flag's value: a text, the path of a file, an image by its path or reference, a whole number. */
export type FlagKind = "text" | "file" | "image" | "whole";

/** A flag, and what it does to a SPEC's fields. */
export interface SpecFlag<V> {
  readonly kind: FlagKind;
  /** Tells whether it may be given more than once. */
  readonly many: boolean;
  /** Nothing for a flag that the verbs have anyway. */
  readonly shape: FlagShape | undefined;
  /** The values that it may have, where these are few. */
  readonly options?: readonly string[];
  /** Returns the fields that the flag changes. @param spec all fields as they are without it. */
  change(value: unknown, spec: V): Partial<V>;
}

/** Makes a flag of one value. */
export function textFlag<V>(
  shape: FlagShape | undefined,
  change: (value: string, spec: NoInfer<V>) => Partial<NoInfer<V>>,
  kind: FlagKind = "text",
): SpecFlag<V> {
  return {
    kind,
    many: false,
    shape,
    change: (value, spec) => typeof value === "string" ? change(value, spec) : {},
  };
}

/** Makes a flag that may be given more than once. */
export function textsFlag<V>(
  shape: FlagShape,
  change: (values: readonly string[], spec: NoInfer<V>) => Partial<NoInfer<V>>,
  kind: FlagKind = "text",
): SpecFlag<V> {
  return {
    kind,
    many: true,
    shape,
    change: (values, spec) =>
      Array.isArray(values) && values.length > 0 ? change(values.map(String), spec) : {},
  };
}

/** Makes a flag whose value is a whole number, 1 or more. */
export function numberFlag<V>(
  shape: FlagShape,
  change: (value: number, spec: NoInfer<V>) => Partial<NoInfer<V>>,
): SpecFlag<V> {
  return {
    kind: "whole",
    many: false,
    shape,
    change: (value, spec) => typeof value === "number" ? change(value, spec) : {},
  };
}

/** Makes a flag whose value is one of some words. */
export function choiceFlag<V, T extends string>(
  options: readonly T[],
  shape: FlagShape,
  change: (value: T, spec: NoInfer<V>) => Partial<NoInfer<V>>,
): SpecFlag<V> {
  return {
    kind: "text",
    many: false,
    shape,
    options,
    change: (value, spec) => {
      const option = options.find((one) => one === value);
      return option === undefined ? {} : change(option, spec);
    },
  };
}
