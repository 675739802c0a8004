/** Checks what derivations say of themselves, in whatever notation. */
import { quoteName } from "../../tar/name.ts";
import { isStorePath } from "../formats/store-path.ts";
import { derivationError } from "./derivation.ts";

/** Returns a store path. @throws NixociError `MALFORMED` when the text is not one. */
export function checkPath(text: string, storeDir: string): string {
  if (isStorePath(text, storeDir)) return text;
  throw derivationError(`it names ${quoteName(text)}, which is not a store path of ${storeDir}`);
}

/** Returns the store path of a derivation. @throws NixociError `MALFORMED`. */
export function checkDerivationPath(text: string, storeDir: string): string {
  if (checkPath(text, storeDir).endsWith(".drv")) return text;
  throw derivationError(`its input ${text} is not a derivation`);
}

/** Makes a map of pairs. @throws NixociError `MALFORMED` when two have the same key. */
export function mapOf<T>(pairs: readonly (readonly [string, T])[], what: string): Map<string, T> {
  const map = new Map(pairs);
  if (map.size === pairs.length) return map;
  throw derivationError(`it has the same ${what} twice`);
}
