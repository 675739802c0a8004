/** The work of `nixoci build`. */
import { dirname, resolve } from "node:path";
import { hasAnnotations } from "../../../../transports/list.ts";
import { parsePlace } from "../../../../transports/reference.ts";
import { NixociError, wrapError } from "../../../base/errors.ts";
import type { Notice } from "../../../base/notices.ts";
import { writeAtomicFile } from "../../../bytes/disk/atomic.ts";
import { makeFolder } from "../../../bytes/disk/folder.ts";
import type { BuildResult } from "../../../compose/build.ts";
import { sourceOf } from "../../../compose/source.ts";
import { readSpecWith, type SpecFlagValues } from "../../../compose/spec/flags.ts";
import type { SpecInFolder } from "../../../compose/spec/read.ts";
import { omitStorePaths } from "../../../steps/omit-store-paths.ts";
import type { ImageChange } from "../../delivery/means.ts";
import type { OpenSource } from "../../delivery/copy.ts";
import type { DeliveryFlags } from "../../delivery/flags.ts";
import { deliver } from "../../delivery/mod.ts";
import type { GlobalFlags } from "../../kit/command.ts";
import type { Io } from "../../kit/io.ts";
import { attestImages, checkAttested } from "./attest.ts";
import type { AttestFlags } from "./attest-flags.ts";
import { buildFollowing } from "../../spec/image.ts";

/** The flags of `build` that concern the image. */
export type BuildFlags = SpecFlagValues & AttestFlags & DeliveryFlags & GlobalFlags & {
  readonly against?: string | undefined;
  readonly "write-files": boolean | undefined;
  readonly "nix-snapshotter"?: boolean | undefined;
};

/** Builds the image where it goes. */
export async function buildTo(
  destination: string,
  spec: string | undefined,
  flags: BuildFlags,
  io: Io,
): Promise<void> {
  const asked = await readSpecWith(spec, flags, { onNotice: io.notice, signal: io.signal });
  // Only what is listed under a name gets it, where the destination leaves the name open.
  const { platform: _ofSpec, ...delivery } = flags;
  const told = new Map<string, string>();
  const isWritten = flags["write-files"] === true && !flags["dry-run"];
  let base: BuildResult["base"];
  const open: OpenSource = async (options, into) => {
    const onNotice = ({ files = [], ...notice }: Notice) => {
      for (const { path, text } of files) told.set(path, text);
      const more = describeFiles(files.map(({ path }) => path), isWritten);
      options.onNotice?.({ ...notice, message: notice.message + more });
    };
    const built = await buildFollowing(asked, { ...options, onNotice }, flags.against, { into });
    base = built.base;
    return sourceOf(built);
  };
  checkAttested(destination, flags);
  const change = flags["nix-snapshotter"] ? createSnapshotterChange(destination, asked) : undefined;
  const result = await deliver(open, destination, { ...delivery, all: true }, io, change);
  if (!flags["dry-run"]) await attestImages({ ...asked, base }, destination, result, flags, io);
  if (isWritten) await writeFiles(told);
}

/** Says behind a notice what becomes of the files that it speaks of. */
function describeFiles(paths: readonly string[], isWritten: boolean): string {
  if (paths.length === 0) return "";
  const all = paths.join(", ");
  return isWritten ? `; written: ${all}` : `; --write-files writes ${all}`;
}

/** Makes the change for nix-snapshotter. @throws NixociError `USAGE` where that would be lost. */
function createSnapshotterChange(
  destination: string,
  { spec: { store }, folder }: SpecInFolder,
): ImageChange {
  const { scheme } = parsePlace(destination, { lasting: true });
  if (!hasAnnotations(scheme)) {
    throw new NixociError(
      "USAGE",
      `${scheme}: keeps no annotations, by which nix-snapshotter goes`,
      {
        hint: "build it into a registry or an OCI layout, under a name of its own",
      },
    );
  }
  return { steps: [omitStorePaths(store ? { root: resolve(folder, store) } : {})] };
}

async function writeFiles(files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    try {
      await makeFolder(dirname(path));
      await writeAtomicFile(path, text);
    } catch (error) {
      throw wrapError(error, `Cannot write ${path}`);
    }
  }
}
