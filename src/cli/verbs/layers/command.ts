/** `nixoci layers [CLOSURE]` */
import { string as stringArg } from "@oclif/core/args";
import { directory, file, integer, option, string } from "@oclif/core/flags";
import { STRATEGIES } from "../../../layering/mod.ts";
import { verb } from "../../kit/command.ts";

export default verb({
  summary: "Describe the layers of a closure, without an image",
  description: "Writes what nix2container's commands layers-from-reproducible-storepaths and " +
    "layers-from-non-reproducible-storepaths (with --tar-directory) write: layers.json, for " +
    "images (layers in a SPEC, or --layer) and other layers to stand on. CLOSURE is a file of exportReferencesGraph, nix path-info --json, " +
    "or closureInfo; without it the store's database says what --path refers to.",
  examples: [
    "nixoci layers graph.json --max-layers 10 -o layers.json",
    "nixoci layers graph.json --perms perms.json --rewrites rewrites.json --parent base.json",
    "nixoci layers --path /nix/store/… --tar-directory tars -o layers.json",
    "nixoci build spec.json --layer layers.json registry:localhost:5000/app",
  ],
  args: {
    closure: stringArg({ ignoreStdin: true, description: "A file that describes the closure" }),
  },
  flags: {
    path: string({
      summary: "Only this store path, and all that it refers to",
      helpValue: "/nix/store/…",
      multiple: true,
      multipleNonGreedy: true,
    }),
    "max-layers": integer({
      summary: "How many layers at most",
      helpValue: "n",
      min: 1,
      default: 1,
    }),
    style: option({ options: ["nix2container", "dockertools"] as const })({
      summary: "Whose bytes",
      default: "nix2container" as const,
    }),
    layering: option({ options: STRATEGIES })({
      summary: "How paths are grouped into layers; by default as the style has it",
    }),
    perms: file({ summary: "A JSON list of {path, regex, mode, uid, gid, uname, gname}" }),
    rewrites: file({ summary: "A JSON list of {path, regex, repl}" }),
    history: file({ summary: "A JSON object with created_by, author, comment" }),
    ignore: string({ summary: "Leave this path out", helpValue: "path" }),
    parent: file({
      summary: "A layers.json whose paths are left out",
      helpValue: "file",
      multiple: true,
      multipleNonGreedy: true,
    }),
    "tar-directory": directory({
      summary: "Keep the layers' tars in this folder: for paths that may be built otherwise again",
      helpValue: "folder",
    }),
    store: directory({
      summary: "The folder that /nix/store is below; / by default",
      helpValue: "folder",
    }),
    output: file({
      char: "o",
      summary: "Write the description to this file; to standard output by default",
      helpValue: "file",
    }),
  },

  doing: ({ closure }) => `describe the layers of ${closure ?? "the closure"}`,
  async run({ closure }, flags, io) {
    const { writeDescription } = await import("./run.ts");
    const { text, layers } = await writeDescription(closure, flags, io.signal);
    if (flags.output === undefined) return io.write(text);
    const { writeFileAtomic } = await import("../../../bytes/disk/atomic.ts");
    await writeFileAtomic(flags.output, text, { follow: true });
    io.print(
      layers.map(({ digest, size }) => ({ digest, size })),
      () => layers.map(({ digest }) => digest),
    );
  },
});
