/** The place of a layout's blobs: the options, and the flag that says it. */
import { omitMissing } from "../../src/base/omit-missing.ts";
import type { ProvedFiles } from "../../src/image/disk/proved-files.ts";
import type { SideOptions } from "../../src/image/transport.ts";
import { defineAccess } from "../lib/access.ts";

/** The options of a side that `oci-dir:` reads. */
export interface LayoutSideOptions extends SideOptions {
  /** The folder of the blobs when they are not in the layout itself. */
  readonly sharedBlobDir?: string;
  /** Files that need not be read to know their content. */
  readonly proved?: ProvedFiles;
}

/** The flag. */
export const layoutAccess = defineAccess({
  "shared-blob-dir": {
    summary: "Folder of an oci-dir's blobs, where they are not in the layout",
    takes: "folder",
  },
}, ({ "shared-blob-dir": sharedBlobDir }): LayoutSideOptions => omitMissing({ sharedBlobDir }));
