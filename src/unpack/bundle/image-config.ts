/**
 * The parts of an image's config that say how to run it.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties
 */
import * as z from "zod/mini";
import { NixociError } from "../../base/errors.ts";
import { type Content, readContent } from "../../image/content.ts";
import { MAX_DOCUMENT, parseJson } from "../../image/json.ts";
import { readRunConfig, type RunFields } from "../../image/config/run-config.ts";
import { checkShape } from "../../image/documents/schemas.ts";

const text = z.nullish(z.string());

const about = {
  os: text,
  "os.version": text,
  architecture: text,
  variant: text,
  author: text,
  created: text,
};

const schema = z.looseObject({ ...about, config: z.nullish(z.looseObject({})) });

/** The fields of an image's config that a bundle is made by. */
export interface ImageConfig extends z.infer<z.ZodMiniObject<typeof about>> {
  readonly config?: RunFields | null;
}

/** Reads the config of an image. @throws NixociError `MALFORMED` naming what is wrong in it. */
export async function readImageConfig(config: Content): Promise<ImageConfig> {
  const what = "the image's config";
  const json = checkShape(schema, parseJson(await readContent(config, MAX_DOCUMENT), what), what);
  const run = readRunConfig(json.config ?? {}, (field, must) => {
    throw new NixociError("MALFORMED", `${what} is malformed: config.${field}: ${must}`);
  });
  return { ...json, config: run };
}
