/**
 * Formats `.drv` files.
 * @see https://nix.dev/manual/nix/latest/protocols/derivation-aterm
 */
import type { Buffer } from "node:buffer";
import { encodeName } from "../../../tar/name.ts";
import { compareBytes, type Derivation, type DerivationOutput } from "../derivation.ts";
import { formatHashing } from "../hashes.ts";

/**
 * Formats a derivation as Nix writes it into a `.drv` file: the same bytes that
 * {@link parseDerivation} got.
 * @example
 * ```ts
 * import { formatDerivation } from "nixoci";
 *
 * const empty = { outputs: new Map(), inputDrvs: new Map(), inputSrcs: [], args: [], env: new Map() };
 * const derivation = { name: "a", system: "x86_64-linux", builder: "/bin/sh", ...empty };
 * console.log(formatDerivation(derivation).toString()); // Derive([],[],[],"x86_64-linux","/bin/sh",[],[])
 * ```
 */
export function formatDerivation(derivation: Derivation): Buffer {
  const { outputs, inputDrvs, inputSrcs, system, builder, args, env } = derivation;
  const fields = [
    formatList(sortMap(outputs).map(([name, output]) => formatTuple([name, ...fieldsOf(output)]))),
    formatList(
      sortMap(inputDrvs).map(([path, names]) =>
        `(${quoteText(path)},${formatTexts([...names].sort(compareBytes))})`
      ),
    ),
    formatTexts([...inputSrcs].sort(compareBytes)),
    quoteText(system),
    quoteText(builder),
    formatTexts(args),
    formatList(sortMap(env).map(formatTuple)),
  ];
  return encodeName(`Derive(${fields.join(",")})`);
}

/** Returns path, hashing and hash of an output, as they are written. */
function fieldsOf(output: DerivationOutput): string[] {
  switch (output.kind) {
    case "input-addressed":
      return [output.path, "", ""];
    case "fixed":
      return [output.path, formatHashing(output), output.hash];
    case "floating":
      return ["", formatHashing(output), ""];
    case "impure":
      return ["", formatHashing(output), "impure"];
    case "deferred":
      return ["", "", ""];
  }
}

/** Returns the entries of a map, as Nix orders them. */
export function sortMap<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => compareBytes(a, b));
}

function formatTexts(texts: readonly string[]): string {
  return formatList(texts.map(quoteText));
}

function formatTuple(texts: readonly string[]): string {
  return `(${texts.map(quoteText).join(",")})`;
}

function formatList(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quoteText(text: string): string {
  return `"${text.replace(/["\\\n\r\t]/g, (character) => ESCAPES[character] ?? `\\${character}`)}"`;
}
