/** What the archives' transports read of the options of a side. */
import type { Through } from "../../../src/bytes/output.ts";
import type { SideOptions } from "../../../src/image/root.ts";

/** Options of one side of a copy that is an archive. */
export interface ArchiveSideOptions extends SideOptions {
  /** What its bytes pass on their way out; `hashedOutput` is one. */
  readonly through?: Through;
}
