/** Pinned sources, as the files of several tools have them. */
import { NixociError } from "../../base/errors.ts";

/** A source that a file has. */
export interface FoundSource {
  /** Not checked yet. */
  readonly commit: unknown;
  /** The branch that it is of, where the file says it. */
  readonly branch: string | undefined;
  /** The name in its store path: an image has it where it was built with that name. */
  readonly storeName: string;
  /** The hash of its NAR, where the file has it; in any of Nix's forms. */
  readonly hash: string | undefined;
}

/** Reads one kind of file. @param input the name of nixpkgs in it. */
export type ReadSource = (
  value: Readonly<Record<string, unknown>>,
  input: string,
  file: string,
) => FoundSource;

/** Returns a value that is a text with something in it; `undefined` for any other. */
export function findText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Returns the error for a name that the file does not have. */
export function noInputError(
  input: string,
  file: string,
  names: readonly string[],
): NixociError {
  return new NixociError("NOT_FOUND", `${file} has no ${input}`, {
    hint: `say what nixpkgs is called there with --input: ${names.join(", ")}`,
  });
}
