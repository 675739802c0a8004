/** Where the blobs of a layout lie: the options, and the flag that says it. */
import { given } from "../../src/base/given.ts";
import type { ProvedFiles, SideOptions } from "../../src/image/root.ts";
import { access } from "../lib/access.ts";

/** What `oci-dir:` reads of the options of a side. */
export interface LayoutSideOptions extends SideOptions {
  /** Where blobs lie when they are not in the layout itself. */
  readonly sharedBlobDir?: string;
  /** Which files need not be read to know their content. */
  readonly proved?: ProvedFiles;
}

/** The flag. */
export const layoutAccess = access({
  "shared-blob-dir": {
    summary: "Folder of an oci-dir's blobs, where they are not in the layout",
    takes: "folder",
  },
}, (flags): LayoutSideOptions =>
  given({
    sharedBlobDir: flags.text("shared-blob-dir"),
  }));
