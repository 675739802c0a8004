/** `nixoci verify SOURCE` */
import { boolean, string } from "@oclif/core/flags";
import { NixociError } from "../../../base/errors.ts";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag, jobsFlag, tmpdirFlag } from "../../kit/flags.ts";
import { formatBytes, formatCount } from "../../kit/text.ts";
import { trustFlags } from "../../kit/trust-flags.ts";
import { defineProgressFlag } from "../../progress/flag.ts";

export default defineVerb({
  summary: "Read all bytes of images where they are, and prove them",
  description:
    "Every manifest, config and layer is hashed, whatever is remembered of it, sizes are compared, " +
    "layers are unpacked to compare their diffIDs, links and platforms of indexes are followed, and " +
    "what refers to the images. Of an archive or layout without a name all images are meant. With " +
    "--key, --identity or --certificate a signature is wanted first, of cosign or notation, and " +
    "with --quick no more than that. Exits with 1 when something is wrong.",
  examples: [
    "nixoci verify oci-dir:images",
    "nixoci verify oci-dir:images:app --repair oci-dir:examples/hello",
    "nixoci verify --quick --key cosign.pub registry:localhost:5000/app:1",
  ],
  args: { source: defineReferenceArg("The images, as scheme:location") },
  flags: {
    repair: string({
      summary:
        "Of a layout in a folder or a registry: put what is broken from there, by its digest",
      helpValue: "reference",
    }),
    ...trustFlags,
    recursive: boolean<boolean>({
      char: "r",
      summary: "Of an index: want signatures of all that is in it, too",
      exclusive: ["platform"],
    }),
    platform: definePlatformFlag("for signatures, the index by default; bytes are those of all"),
    quick: boolean<boolean>({ summary: "Look at signatures alone, and read no layer" }),
    "no-referrers": boolean<boolean>({ summary: "Do not look at what refers to the images" }),
    jobs: jobsFlag,
    "dry-run": boolean<boolean>({
      summary: "With --repair: print what is broken, and put nothing",
      dependsOn: ["repair"],
    }),
    tmpdir: tmpdirFlag,
    progress: defineProgressFlag(),
  },
  reaches: "two places",

  doing: ({ source }) => `verify ${source}`,
  async run({ source }, flags, io) {
    const [{ verifyPlace }, { formatSignatures }] = await Promise.all([
      import("./run.ts"),
      import("./lines.ts"),
    ]);
    const found = await verifyPlace(source, flags, io);
    const { problems, manifests, blobs, bytes } = found;
    io.print({ ok: problems.length === 0, ...found }, function* () {
      yield* formatSignatures(found.signatures);
      for (const { problem, kind, digest, message } of problems) {
        yield `${problem.padEnd(9)}  ${kind.padEnd(8)}  ${digest}  ${message}`;
      }
      for (const digest of found.repaired ?? []) yield `repaired   ${digest}`;
      if (problems.length > 0 || flags.quick) return;
      yield `all is right: ${formatCount(manifests, "manifest")}, ${formatCount(blobs, "blob")}, ` +
        formatBytes(bytes);
    });
    if (problems.length === 0) return;
    const canRepair = /^(?:oci|oci-dir|registry|docker):/.test(source);
    const hint = canRepair && flags.repair === undefined
      ? "fetch what is broken with --repair FROM"
      : "copy the image again from a good place";
    const message = `${source} is not whole: ${formatCount(problems.length, "problem")}`;
    throw new NixociError("INCOMPLETE", message, { hint });
  },
});
