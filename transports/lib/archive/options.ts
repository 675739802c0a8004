/** The options of a side that the archives' transports read. */
import type { WrapOutput } from "../../../src/bytes/output.ts";
import type { SideOptions } from "../../../src/image/transport.ts";

/** Options of one side of a copy that is an archive. */
export interface ArchiveSideOptions extends SideOptions {
  /** A layer around the output that its bytes pass on their way out, such as `hashedOutput`. */
  readonly through?: WrapOutput;
}
