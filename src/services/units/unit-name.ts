/** Names of units: `prefix@instance.suffix` (systemd.unit(5), unit-name.c). */
import { NixociError } from "../../base/errors.ts";

/** The parts of a unit's name. */
export interface UnitName {
  /** `nginx` of `nginx.service`, `getty` of `getty@tty1.service`. */
  readonly prefix: string;
  /** Empty for a template, `undefined` for a plain unit. */
  readonly instance?: string;
  /** `service`, `timer`… */
  readonly suffix: string;
}

const SUFFIXES = "service|socket|target|device|mount|automount|swap|timer|path|slice|scope";
const NAME = new RegExp(`^([\\w:.\\\\-]+)(?:@([\\w:.\\\\@-]*))?\\.(${SUFFIXES})$`);

/** In characters; systemd's limit. */
const LONGEST = 255;

/** Reads a unit's name; `undefined` where it is not one. */
export function readUnitName(name: string): UnitName | undefined {
  const found = name.length > LONGEST ? null : NAME.exec(name);
  if (found === null) return undefined;
  const [, prefix, instance, suffix] = found as unknown as [string, string, string?, string?];
  return { prefix, ...(instance !== undefined && { instance }), suffix: suffix! };
}

/** Reads a unit's name. @throws NixociError `USAGE` where it is not one. */
export function parseUnitName(name: string): UnitName {
  const found = readUnitName(name);
  if (found !== undefined) return found;
  throw new NixociError("USAGE", `${JSON.stringify(name)} is not the name of a systemd unit`, {
    hint: "name it like app.service or app@instance.service",
  });
}

/** Returns the name of the service that a unit becomes: without its suffix. */
export function serviceNameOf(name: string): string {
  return name.replace(/\.service$/, "");
}

/** Undoes systemd's escapes in a name: `-` is a slash, `\x2d` a hyphen. */
export function unescapeUnitName(text: string): string {
  const bytes = Buffer.from(text.replace(/-/g, "/"), "utf8").toString("latin1")
    .replace(/\\x([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
