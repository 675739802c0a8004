/** Reads a file that says what is to be in sync: our own kind, regsync's or skopeo's. */
import { isObject } from "../../image/json.ts";
import { NixociError } from "../../base/errors.ts";
import { loadGoRegExps } from "../../go/regexp/regexp.ts";
import type { SyncConfig } from "../model.ts";
import { parseYaml } from "../../image/yaml/parse.ts";
import { readOwnConfig } from "./own.ts";
import { isRegsyncConfig, readRegsyncConfig } from "./regsync.ts";
import { isSkopeoConfig, readSkopeoConfig, type SkopeoChoice } from "./skopeo.ts";

/** The words that a file may leave to the command line, and its name for messages. */
export interface SyncFileOptions extends SkopeoChoice {
  readonly name?: string;
}

/**
 * Reads a file of nixoci's, regsync's or skopeo's, in YAML or JSON.
 * @throws NixociError `MALFORMED`, `UNSUPPORTED`, `USAGE`: with the line.
 * @example
 * ```ts
 * import { readSyncConfig } from "nixoci";
 * const text = "sync: [{ source: 'registry:quay.io/org/app', destination: 'oci-dir:mirror' }]";
 * const { rules } = await readSyncConfig(text);
 * console.log(rules[0]?.destination); // oci-dir:mirror:{reference}
 * ```
 */
export async function readSyncConfig(
  text: string,
  { name = "the file", ...choice }: SyncFileOptions = {},
): Promise<SyncConfig> {
  const document = parseYaml(text, name);
  await loadGoRegExps();
  const { value } = document;
  if (!isObject(value)) throw notAConfigError(name);
  if (!isRegsyncConfig(value) && isSkopeoConfig(value)) return readSkopeoConfig(document, choice);
  const given = Object.entries(choice).find(([, word]) => word !== undefined);
  if (given !== undefined) {
    const word = given[0] === "destination" ? "a destination" : `--${given[0]}`;
    throw new NixociError("USAGE", `${name} says itself where images go: ${word} has no meaning`, {
      hint: "leave it out; it is for a SOURCE, and for files of skopeo's",
    });
  }
  if (isRegsyncConfig(value)) return await readRegsyncConfig(document);
  if (value["sync"] === undefined) throw notAConfigError(name);
  return await readOwnConfig(document);
}

function notAConfigError(name: string): NixociError {
  return new NixociError("MALFORMED", `${name} does not say what is to be in sync`, {
    hint: "write sync: and a list of source: and destination:, or see nixoci sync --help",
  });
}
