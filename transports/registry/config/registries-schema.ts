/** The shape of registries.conf: a rule that is not understood is refused, not passed over. */
import * as z from "zod/mini";
import { parseReference } from "../../../src/image/reference.ts";

const flag = z.optional(z.boolean());

const location = z.string().check(z.refine(isPlace, "must be host[:port][/path]"));

const mirror = z.looseObject({
  location: location.check(z.minLength(1, "must not be empty")),
  insecure: flag,
  "pull-from-mirror": z.optional(z.enum(["", "all", "digest-only", "tag-only"])),
});

const registry = z.looseObject({
  prefix: z.optional(z.string()),
  location: z.optional(location),
  insecure: flag,
  blocked: flag,
  "mirror-by-digest-only": flag,
  mirror: z.optional(z.array(mirror)),
}).check(z.refine(
  ({ prefix, location }) => Boolean(location) || Boolean(prefix?.startsWith("*.")),
  "must have a location, or a prefix that begins with *.",
));

/** Version 2 of the format, as far as it is about registries. */
export const registriesSchema = z.looseObject({ registry: z.optional(z.array(registry)) });

export type RegistryTable = z.infer<typeof registry>;

/** Tells whether a repository's name can begin so. */
function isPlace(text: string): boolean {
  if (text === "") return true;
  try {
    parseReference(`${text.replace(/\/+$/, "")}/any`);
    return true;
  } catch {
    return false;
  }
}
