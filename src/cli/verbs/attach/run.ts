/** The work of `nixoci attach`. */
import { openSink, openSource } from "../../../../transports/mod.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { createArtifact } from "../../../artifact/mod.ts";
import { useResources } from "../../../base/dispose.ts";
import type { Digest } from "../../../bytes/digest.ts";
import { putArtifact } from "../../../copy/put-artifact.ts";
import type { Descriptor } from "../../../image/descriptor.ts";
import { parsePlatform } from "../../../image/platform.ts";
import { createScratch } from "../../../image/disk/scratch.ts";
import { platform } from "../../../steps/platform.ts";
import { checkAttachable } from "../../delivery/attach-text.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import { openFileWords, readAnnotations } from "../../reference/artifact-words.ts";

/** The flags that say what is attached, and to what. */
export interface AttachChoice {
  readonly type: string;
  readonly annotation?: readonly string[] | undefined;
  readonly platform?: readonly string[] | undefined;
  readonly "dry-run"?: boolean;
}

/** An artifact, and what it is attached to. */
export interface Attached {
  readonly descriptor: Descriptor;
  readonly subject: Digest;
  readonly references: readonly string[];
}

/** Attaches files to an image where it is. */
export async function attachFiles(
  text: string,
  files: readonly string[],
  choice: AttachChoice,
  io: Io,
): Promise<Attached> {
  const place = parsePlace(text, { lasting: true });
  checkAttachable(place);
  const annotations = readAnnotations(choice.annotation);
  const blobs = await openFileWords(files);
  return await useResources(async (hold) => {
    const options = readSideOptions(io.access, io);
    const source = hold(await openSource(place, options));
    const subject = await findSubject(source, choice.platform, io.signal);
    const artifact = createArtifact({ type: choice.type, blobs, subject, annotations });
    const sink = hold(await openSink(place, options));
    await putArtifact(artifact, sink, { dryRun: choice["dry-run"] ?? false, signal: io.signal });
    const { mediaType, digest, size, artifactType } = artifact.manifest.descriptor;
    const descriptor = { mediaType, digest, size, ...artifactType && { artifactType } };
    return { descriptor, subject: subject.digest, references: [] };
  });
}

async function findSubject(
  source: Awaited<ReturnType<typeof openSource>>,
  platforms: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Descriptor> {
  if (platforms === undefined) {
    const { manifest } = await source.readManifest?.() ?? await source.resolve();
    return manifest.descriptor;
  }
  return await useResources(async (hold) => {
    const context = { scratch: hold(createScratch()), signal };
    const choose = platform(platforms.map(parsePlatform));
    return (await choose(await source.resolve(), context)).manifest.descriptor;
  });
}
