/** Entries of keyed flags: `key=value` sets one, `key-` takes it away. */
import { NixociError } from "../../base/errors.ts";
import type { AnnotationPlace } from "../../steps/annotate.ts";

/** Parses an entry. @throws NixociError `USAGE`. */
export function parseKeyed(text: string, flag: string): Record<string, string | null> {
  const at = text.indexOf("=");
  if (at > 0) return { [text.slice(0, at)]: text.slice(at + 1) };
  if (at === -1 && text.length > 1 && text.endsWith("-")) return { [text.slice(0, -1)]: null };
  throw new NixociError("USAGE", `--${flag}: ${JSON.stringify(text)} is not key=value`, {
    hint: "write key=value to set it, key= for an empty value, or key- to take it away",
  });
}

/** An annotation, and what it is of. */
export interface AnnotationEdit {
  readonly edit: Record<string, string | null>;
  readonly places: readonly AnnotationPlace[];
  /** Of the manifest of this platform alone. */
  readonly platform?: string | undefined;
}

const PLACES =
  /^((?:index-descriptor|index|manifest(?:\[[^\]]*\])?)(?:,(?:index-descriptor|index|manifest(?:\[[^\]]*\])?))*):(.*)$/s;

/** Parses `[place,…:]key=value`, as docker buildx has it. @throws NixociError `USAGE`. */
export function parseAnnotation(text: string): AnnotationEdit {
  const [, places = "manifest", entry = text] = PLACES.exec(text) ?? [];
  const edit = parseKeyed(entry, "annotation");
  const [, platform] = /manifest\[([^\]]*)\]/.exec(places) ?? [];
  const names = places.replace(/\[[^\]]*\]/g, "").split(",") as AnnotationPlace[];
  return { edit, places: names, platform };
}
