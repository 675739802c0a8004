/** The annotations of an artifact's blobs, as oras writes and reads them. */

/** The name of the file. */
export const TITLE = "org.opencontainers.image.title";
/** `true`: it is a folder, as a tar that gzip may have packed. */
export const UNPACK = "io.deis.oras.content.unpack";
/** The digest of that tar. */
export const UNPACKED_DIGEST = "io.deis.oras.content.digest";
