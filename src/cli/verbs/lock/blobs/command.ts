/** `nixoci lock blobs [NAME…]` */
import { boolean } from "@oclif/core/flags";
import { defineVerb } from "../../../kit/command.ts";
import { formatBytes } from "../../../kit/text.ts";
import { lockFileFlag, nameArgs } from "../words.ts";

export default defineVerb({
  summary: "List every blob of the lock as a download by itself",
  description:
    "Each blob once, though several images share it: URL, hash (SRI), size, media type (to be sent " +
    "as Accept), and the scope that a token is asked for. Asks no registry.",
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

  async run({ name: names }, { file, "plain-http": plainHttp }, io) {
    const { listDownloads } = await import("./run.ts");
    const blobs = await listDownloads(file, names, plainHttp);
    io.print(
      blobs,
      () =>
        blobs.map(({ kind, size, hash, url }) =>
          `${kind.padEnd(8)}  ${formatBytes(size).padStart(7)}  ${hash}  ${url}`
        ),
    );
  },
});
