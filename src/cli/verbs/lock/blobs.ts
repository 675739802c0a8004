/** `nixoci lock blobs [NAME…]` */
import { boolean } from "@oclif/core/flags";
import { verb } from "../../kit/command.ts";
import { lockFileFlag, nameArgs } from "./run.ts";
import { formatBytes } from "../../kit/text.ts";

export default verb({
  summary: "List every blob of the lock as a download by itself",
  description:
    "Each blob once, though several images share it: URL, hash (SRI), size, media type (to be sent " +
    "as Accept), and the scope that a token is asked for. Asks nobody.",
  examples: [
    "nixoci lock blobs --json > blobs.json",
    "nixoci lock blobs alpine:3.20",
  ],
  args: { name: nameArgs.optional("Locked images; all of them by default") },
  flags: {
    file: lockFileFlag,
    "plain-http": boolean<boolean | undefined>({
      summary: "Write http: URLs; by default for registries on this machine only",
      allowNo: true,
    }),
  },

  async run({ name: names }, flags, io) {
    const { apiOrigin } = await import("../../../../transports/registry/mod.ts");
    const { blobDownloads } = await import("../../../lock/blobs.ts");
    const { readLock } = await import("../../../lock/file.ts");
    const blobs = blobDownloads(await readLock(flags.file), {
      ...(names && { names }),
      originOf: (host) => apiOrigin(host, flags["plain-http"]),
    });
    io.print(
      blobs,
      () =>
        blobs.map(({ kind, size, hash, url }) =>
          `${kind.padEnd(8)}  ${formatBytes(size).padStart(7)}  ${hash}  ${url}`
        ),
    );
  },
});
