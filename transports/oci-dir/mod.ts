/**
 * `oci-dir:PATH[:NAME]` or `oci-dir:PATH@DIGEST`: an OCI image layout in a directory.
 *
 * Blobs are written first, each under a temporary name until it is verified and durable; then
 * `index.json` is replaced, under a lock, by one that has the new names too. Whenever it is
 * interrupted, the layout is what it was before, or what it was to be.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readRoot } from "../../src/image/documents/load.ts";
import type { PlaceReference } from "../../src/image/place.ts";
import type { Source } from "../../src/image/source.ts";
import type { Transport } from "../../src/image/transport.ts";
import { chooseImage, listLayoutImages } from "../lib/layout-entries.ts";
import { createLayoutReferrers } from "../lib/layout-referrers.ts";
import { checkLayout, LAYOUT_FILE, parseLayoutLocation } from "../lib/layout.ts";
import type { LayoutSideOptions } from "./options.ts";
import { fetchFrom, fileOf, findBlob, readLayoutIndex, readSmall } from "./read.ts";
import { openSink } from "./sink.ts";

const SCHEME = "oci-dir";

async function openSource(place: PlaceReference, options: LayoutSideOptions = {}): Promise<Source> {
  const { path, reference } = parseLayoutLocation(place);
  checkLayout(await readSmall(join(path, LAYOUT_FILE), `${path} is not an OCI layout`), path);
  const index = await readLayoutIndex(path);
  const fetch = fetchFrom(path, options);
  return {
    async resolve(wanted = reference) {
      const entry = chooseImage(index, wanted, path);
      return await readRoot(fetch(entry), fetch);
    },
    ...createLayoutReferrers(index, fetch),
    findContent: (digest) => findBlob(path, digest, options),
    list: () => Promise.resolve(reference === undefined ? listLayoutImages(index) : []),
    fileOf(digest) {
      const file = resolve(fileOf(path, digest, options));
      return existsSync(file) ? file : undefined;
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** An OCI image layout in a directory. */
export const transport: Transport<LayoutSideOptions> = {
  scheme: SCHEME,
  source: openSource,
  sink: openSink,
};
