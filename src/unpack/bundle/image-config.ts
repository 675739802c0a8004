/**
 * The parts of an image's config that say how to run it.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties
 */
import * as z from "zod/mini";
import { bytesOf, type Content } from "../../image/content.ts";
import { MAX_DOCUMENT, parseJson } from "../../image/json.ts";
import { check } from "../../image/schemas.ts";

const text = z.nullish(z.string());
const texts = z.nullish(z.array(z.string()));
const names = z.nullish(z.record(z.string(), z.unknown()));

const schema = z.looseObject({
  os: text,
  "os.version": text,
  architecture: text,
  variant: text,
  author: text,
  created: text,
  config: z.nullish(z.looseObject({
    User: text,
    Env: texts,
    Entrypoint: texts,
    Cmd: texts,
    WorkingDir: text,
    Hostname: text,
    StopSignal: text,
    Volumes: names,
    ExposedPorts: names,
    Labels: z.nullish(z.record(z.string(), z.string())),
  })),
});

export type ImageConfig = z.infer<typeof schema>;

/** Reads the config of an image. @throws NixociError `MALFORMED` naming what is wrong in it. */
export async function readImageConfig(config: Content): Promise<ImageConfig> {
  const bytes = await bytesOf(config, MAX_DOCUMENT);
  return check(schema, parseJson(bytes, "the image's config"), "the image's config");
}
