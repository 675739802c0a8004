/** The words that say what an artifact is made of. */
import { NixociError } from "../../base/errors.ts";
import { type ArtifactFile, openArtifactFile } from "../../artifact/mod.ts";
import type { Content } from "../../image/content.ts";
import { parseKeyed } from "../kit/keyed.ts";

/** Parses `FILE[:TYPE]`, as oras has it: a colon in a file's name has `./` or more before it. */
export function parseFileWord(text: string): ArtifactFile {
  const [, path, mediaType] = /^(.+):([^:/]+\/[^:/]+)$/s.exec(text) ?? [];
  return path === undefined ? { path: text } : { path, mediaType };
}

/** Opens the files, which must have names of their own. @throws NixociError `USAGE`. */
export async function openFileWords(words: readonly string[]): Promise<Content[]> {
  const blobs: Content[] = [];
  const titles = new Set<string>();
  for (const word of words) {
    const blob = await openArtifactFile(parseFileWord(word));
    const title = blob.descriptor.annotations!["org.opencontainers.image.title"]!;
    if (titles.has(title)) {
      throw new NixociError("USAGE", `two files would be called ${title}`, {
        hint: "rename one of them, or put both into a folder",
      });
    }
    titles.add(title);
    blobs.push(blob);
  }
  return blobs;
}

/** Reads annotations of `key=value`. @throws NixociError `USAGE`. */
export function readAnnotations(words: readonly string[] = []): Record<string, string> {
  const entries = words.flatMap((word) => Object.entries(parseKeyed(word, "annotation")));
  const wrong = entries.find(([, value]) => value === null);
  if (wrong === undefined) return Object.fromEntries(entries) as Record<string, string>;
  throw new NixociError("USAGE", `--annotation: there is no ${wrong[0]} to take away`, {
    hint: "write key=value",
  });
}
