/** `name` and `tag`: what the image is called. */
import { NixociError, wrapError } from "../../base/errors.ts";
import { type ImageReference, isTag, parseReference } from "../../image/reference.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { defineTextFlag } from "./flag.ts";

export const name = defineFeature((is: Kinds) => ({
  name: is.field(
    is.filled,
    "The image's name, such as app or registry.example/team/app; in lower case",
  ),
  tag: is.field(is.filled, "Its tag; by default a hash of what is in the image"),
}), {
  flags: {
    name: defineTextFlag({ summary: "The image's name" }, (name) => ({ name })),
    tag: defineTextFlag(
      { summary: "Its tag; by default a hash of what is in it" },
      (tag) => ({ tag }),
    ),
  },
  add: ({ name, tag }) => ({
    name: name ? checkName(name) : undefined,
    tag: tag ? checkTag(tag) : undefined,
  }),
});

/** Returns the name in lower case, as in dockerTools and nix2container. */
function checkName(name: string): string {
  let reference: ImageReference;
  try {
    reference = parseReference(name.toLowerCase());
  } catch (error) {
    throw wrapError(error, "name");
  }
  if (reference.tag === undefined && reference.digest === undefined) return name.toLowerCase();
  throw new NixociError("USAGE", `name: ${JSON.stringify(name)} is more than a name`, {
    hint: reference.tag === undefined ? "leave the digest out" : `give tag: "${reference.tag}"`,
  });
}

function checkTag(tag: string): string {
  if (isTag(tag)) return tag;
  throw new NixociError("USAGE", `tag: ${JSON.stringify(tag)} cannot be a tag`, {
    hint: "a tag has up to 128 letters, digits, . _ and -, and begins with none of . and -",
  });
}
