/** A folder for contents that are read again when a layer is. */
import { tmpdir } from "node:os";
import { sweepFolder } from "../../bytes/disk/sweep.ts";
import { wrapError } from "../../base/errors.ts";
import { createPrivateDirectory } from "../../unpack/private-directory.ts";

/** A folder that nobody else can reach, until it is disposed of. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

/** Makes the folder in `$TMPDIR`, where those of killed processes are removed. @throws NixociError `IO`. */
export async function makeTemporaryFolder(): Promise<TemporaryFolder> {
  const parent = tmpdir();
  try {
    await sweepFolder(parent, { locks: false });
    const { path, discard } = createPrivateDirectory(parent);
    return { path, [Symbol.asyncDispose]: discard };
  } catch (error) {
    throw wrapError(error, `Cannot make a temporary folder in ${parent}`);
  }
}
