/** `build --sbom`, `--provenance` and `--attach-closure`: documents about the image, attached where it goes. */
import { resolve } from "node:path";
import { openSource } from "../../../../transports/mod.ts";
import { parsePlace, type PlaceReference } from "../../../../transports/reference.ts";
import { useResources } from "../../../base/dispose.ts";
import type { BuildResult } from "../../../compose/build.ts";
import type { SpecInFolder } from "../../../compose/spec/read.ts";
import type { CopyResult } from "../../../copy/copy.ts";
import type { Image } from "../../../image/root.ts";
import type { StoreOptions } from "../../../nix/store/store.ts";
import { attachText, checkAttachable } from "../../delivery/attach-text.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions } from "../../kit/sides.ts";
import type { AttestFlags } from "./attest-flags.ts";

/** Refuses destinations that can hold no such documents, before anything is built. */
export function checkAttested(destination: string, flags: AttestFlags): void {
  if (isAsked(flags)) checkAttachable(parsePlace(destination, { lasting: true }));
}

function isAsked({ sbom, provenance, "attach-closure": closure }: AttestFlags): boolean {
  return sbom !== undefined || provenance === true || closure === true;
}

/** Makes the documents that the flags ask for, and attaches them to what was delivered. */
export async function attestImages(
  { spec, folder, base }: SpecInFolder & Pick<BuildResult, "base">,
  destination: string,
  { images }: CopyResult,
  flags: AttestFlags,
  io: Io,
): Promise<void> {
  if (!isAsked(flags)) return;
  const { sbom, provenance, meta } = flags;
  const place = parsePlace(destination, { lasting: true });
  const [{ formatSbom, readSbomInventory }, made, { VERSION }] = await Promise.all([
    import("../../spec/sbom.ts"),
    import("../../../sbom/mod.ts"),
    import("../../../../transports/registry/http/user-agent.ts"),
  ]);
  const store = {
    descriptions: [spec.closure ?? []].flat().map((path) => resolve(folder, path)),
    ...typeof spec.store === "string" && { root: resolve(folder, spec.store) },
  };
  for (const { descriptor } of images) {
    const inventory = await useResources(async (hold) => {
      const source = hold(await openSource(place, readSideOptions(io.access, io, "dest-")));
      const root = await source.resolve(descriptor.digest);
      if (root.kind !== "image") return undefined;
      if (flags["attach-closure"]) await attachClosure(place, root, store, io);
      return sbom === undefined && !provenance ? undefined : await readSbomInventory(root, {
        store,
        metaFile: meta,
        onNotice: io.notice,
        signal: io.signal,
      });
    });
    if (inventory === undefined) continue;
    if (sbom !== undefined) {
      await attachText(place, descriptor, formatSbom(inventory, sbom, place.text), io, "dest-");
    }
    if (!provenance) continue;
    const text = made.formatProvenance({
      version: VERSION,
      subject: { name: place.text, digest: descriptor.digest },
      spec,
      base: base && { uri: base.reference, digest: base.digest },
      inventory,
    });
    const annotations = { "in-toto.io/predicate-type": made.PROVENANCE_TYPE };
    await attachText(
      place,
      descriptor,
      { type: made.STATEMENT_TYPE, text, annotations },
      io,
      "dest-",
    );
  }
}

/** Attaches the closure of the image's store paths. */
async function attachClosure(
  place: PlaceReference,
  image: Image,
  store: StoreOptions,
  io: Io,
): Promise<void> {
  const { CLOSURE_TYPE, formatClosureJson, readImageClosure } = await import(
    "../../../explain/mod.ts"
  );
  const text = formatClosureJson(await readImageClosure(image, store));
  await attachText(place, image.manifest.descriptor, { type: CLOSURE_TYPE, text }, io, "dest-");
}
