/** The work of `nixoci lock blobs`. */
import { apiOriginOf } from "../../../../../transports/registry/mod.ts";
import { type BlobDownload, listBlobDownloads } from "../../../../lock/blobs.ts";
import { readLock } from "../../../../lock/file.ts";

/** Lists the downloads of the locked images. */
export async function listDownloads(
  file: string,
  names: readonly string[] | undefined,
  plainHttp: boolean | undefined,
): Promise<BlobDownload[]> {
  const originOf = (host: string) => apiOriginOf(host, plainHttp);
  return listBlobDownloads(await readLock(file), { names, originOf });
}
