/** The work of `nixoci artifact push`. */
import { createArtifact, openArtifactFile } from "../../../../artifact/mod.ts";
import { deliver } from "../../../delivery/mod.ts";
import type { CopyFlags } from "../../../delivery/flags.ts";
import type { GlobalFlags } from "../../../kit/command.ts";
import type { Io } from "../../../kit/io.ts";
import {
  openFileWords,
  parseFileWord,
  readAnnotations,
} from "../../../reference/artifact-words.ts";

// Files are taken as they are.
type Packing = "format" | "compress" | "compress-level";

/** The flags. */
interface PushFlags extends Omit<CopyFlags, Packing>, GlobalFlags {
  readonly type: string;
  readonly config?: string | undefined;
  readonly annotation?: string[] | undefined;
}

/** Makes an artifact of files, and copies it to its place. */
export async function pushFiles(
  destination: string,
  files: readonly string[],
  { type, config, annotation, ...flags }: PushFlags,
  io: Io,
): Promise<void> {
  const annotations = readAnnotations(annotation);
  const blobs = await openFileWords(files);
  const configBlob = config === undefined
    ? undefined
    : await openArtifactFile({ mediaType: CONFIG, ...parseFileWord(config) });
  const artifact = createArtifact({
    type,
    blobs,
    annotations,
    ...configBlob && { config: configBlob },
  });
  const open = () =>
    Promise.resolve({
      resolve: () => Promise.resolve(artifact),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  await deliver(open, destination, { ...flags, ...AS_IS, all: true }, io);
}

const AS_IS = { format: undefined, compress: undefined, "compress-level": undefined };

// As oras has it.
const CONFIG = "application/vnd.unknown.config.v1+json";
