/**
 * Reads the beginning of derivations: which outputs they have.
 * @see https://nix.dev/manual/nix/latest/protocols/derivation-aterm
 */
import { NixociError } from "../../base/errors.ts";

/** An output of a derivation. */
export interface BuiltOutput {
  /** `out`, most often. */
  readonly id: string;
  /** Its store path. */
  readonly path: string;
}

const BEGINNING = /^(?:Derive\(|DrvWithVersion\("[^"\\]*",)\[/;
const TEXT = '"((?:[^"\\\\]|\\\\[^])*)"';
const OUTPUT = new RegExp(`\\(${TEXT},${TEXT},${TEXT},${TEXT}\\)([,\\]])`, "y");

/**
 * Parses the outputs in the text of a derivation; those whose path is only known once they are built
 * are left out.
 * @throws NixociError `MALFORMED`.
 */
export function parseDerivationOutputs(text: string): BuiltOutput[] {
  const outputs: BuiltOutput[] = [];
  const beginning = BEGINNING.exec(text)?.[0];
  if (beginning === undefined) throw derivationError();
  if (text[beginning.length] === "]") return outputs;
  OUTPUT.lastIndex = beginning.length;
  for (;;) {
    const [, id = "", path = "", , , end] = OUTPUT.exec(text) ?? [];
    if (end === undefined) throw derivationError();
    if (path !== "") outputs.push({ id: unescapeText(id), path: unescapeText(path) });
    if (end === "]") return outputs;
  }
}

const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescapeText(text: string): string {
  return text.replace(/\\([^])/g, (_, letter: string) => ESCAPED[letter] ?? letter);
}

function derivationError(): NixociError {
  return new NixociError("MALFORMED", "it is not a derivation: its outputs cannot be read", {
    hint: "make it again with nix-instantiate",
  });
}
