/**
 * Makes the files that a build finds in its folder: attributes that were too long for a variable,
 * structured attributes, closures.
 */
import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { formatShellAttributes } from "../../nix/derivation/attributes/structured.ts";
import type { StructuredAttributes } from "../../nix/derivation/attributes/options.ts";
import { encodeJsonValue, parseJsonValue } from "../../nix/derivation/json/value.ts";
import { formatNix32 } from "../../nix/formats/nix32.ts";
import type { Closure } from "../../nix/formats/path-info.ts";
import { encodeName } from "../../tar/name.ts";
import { encodeGraph, formatGraph, selectGraph } from "./graphs.ts";
import { replacePlaceholders, type ShellDerivation } from "./options.ts";

/** Files of the folder of a build, and the variables that name them. */
export interface AttributeFiles {
  /** Contents by the files' names; an output's placeholder is replaced already. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The files' names by the variables that say where they are. */
  readonly variables: ReadonlyMap<string, string>;
  /** Structured attributes as they are in the files. */
  readonly structured: StructuredAttributes | undefined;
}

/**
 * Makes the files.
 * @throws NixociError `INCOMPLETE` when an attribute asks for the closure of a path that is not in
 * the one that is given.
 */
export function makeAttributeFiles(
  shell: ShellDerivation,
  closure: Closure | undefined,
): AttributeFiles {
  const { derivation, build } = shell;
  const graphs = new Map(
    [...build.exportReferencesGraph].map(([name, paths]) => [
      name,
      selectGraph(paths, closure ?? [], shell),
    ]),
  );
  if (build.structured !== undefined) {
    return makeStructuredFiles({
      ...build.structured,
      ...Object.fromEntries([...graphs].map(([name, graph]) => [name, encodeGraph(graph)])),
      outputs: Object.fromEntries(shell.outputs),
    }, shell);
  }
  const texts = new Map<string, string>();
  const variables = new Map<string, string>();
  for (const name of build.passAsFile) {
    const value = derivation.env.get(name);
    if (value === undefined) continue;
    variables.set(`${name}Path`, fileNameOf(name));
    texts.set(fileNameOf(name), value);
  }
  for (const [name, graph] of graphs) texts.set(name, formatGraph(graph));
  const encode = (text: string) => encodeName(replacePlaceholders(text, shell));
  const files = new Map([...texts].map(([name, text]) => [name, encode(text)]));
  return { files, variables, structured: undefined };
}

function makeStructuredFiles(
  attributes: StructuredAttributes,
  shell: ShellDerivation,
): AttributeFiles {
  const json = replacePlaceholders(encodeJsonValue(attributes), shell);
  const structured = parseJsonValue(
    json,
    `the JSON of ${shell.derivation.name}`,
  ) as StructuredAttributes;
  return {
    files: new Map([
      [".attrs.json", encodeName(json)],
      [".attrs.sh", encodeName(formatShellAttributes(structured))],
    ]),
    variables: new Map([
      ["NIX_ATTRS_JSON_FILE", ".attrs.json"],
      ["NIX_ATTRS_SH_FILE", ".attrs.sh"],
    ]),
    structured,
  };
}

function fileNameOf(attribute: string): string {
  return `.attr-${formatNix32(createHash("sha256").update(encodeName(attribute)).digest())}`;
}
