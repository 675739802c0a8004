/** `nixoci build [SPEC] DESTINATION` */
import { boolean } from "@oclif/core/flags";
import { NixociError } from "../../../base/errors.ts";
import { defineLastArg, defineOptionalArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { deliveryFlags } from "../../delivery/flags.ts";
import { againstFlags } from "../../spec/against.ts";
import { specFlags } from "../../spec/flags.ts";
import { attestFlags } from "./attest-flags.ts";

export default defineVerb({
  summary: "Build an image from Nix store paths or folders, right where it goes",
  description:
    "A layer of store paths is a recipe with a digest: its bytes are made when they are needed, and " +
    "only where they are missing. SPEC is a JSON file in the words of dockerTools and " +
    "nix2container (- is standard input); flags say the same, and win over it. Without --tag the " +
    "tag is made from the image's content. Prints the digest of what is there in the end.",
  examples: [
    "nixoci build spec.json registry:localhost:5000/app",
    "nixoci build --path $(nix-build -A hello) --cmd hello daemon:hello",
    "nixoci build spec.json docker-archive:- | docker load",
    "nixoci build --copy-to-root ./rootfs --cmd /bin/app --env MODE=fast oci-dir:images:app",
    "nixoci build spec.json --against registry:ghcr.io/org/app:1.4 oci-dir:images:next",
    "nixoci build --sbom cyclonedx --provenance spec.json oci-dir:images:attested",
    "nixoci build --schema > build.schema.json",
  ],
  args: {
    spec: defineOptionalArg(
      "What the image is made of: a JSON file, - for standard input; flags may say it all",
      "file",
    ),
    destination: defineLastArg(
      "Where it goes, as scheme:location; - as a path is standard output",
      "reference",
    ),
  },
  flags: {
    ...specFlags,
    ...againstFlags,
    ...attestFlags,
    "nix-snapshotter": boolean<boolean>({
      summary:
        "Leave store paths out, for nodes whose nix-snapshotter mounts them; it runs nowhere else",
      exclusive: ["attach-closure"],
    }),
    "write-files": boolean<boolean>({
      summary:
        "Write the files that notices speak of: new IDs (ids), and how it is run (hardening)",
    }),
    schema: boolean<boolean>({ summary: "Print the JSON Schema of a SPEC, and do nothing else" }),
    ...deliveryFlags,
  },
  reaches: "two places",
  takesImages: true,

  doing: ({ spec, destination }) => `build ${destination ?? spec}`,
  async run({ spec, destination }, flags, io) {
    if (flags.schema) {
      const { createSpecJsonSchema } = await import("../../../compose/spec/json-schema.ts");
      return io.write(JSON.stringify(createSpecJsonSchema(), null, 2) + "\n");
    }
    // One word is where it goes: then flags say what it is.
    const [file, place] = destination === undefined ? [undefined, spec] : [spec, destination];
    if (place === undefined || destination === undefined && /\.json$|^-$/.test(place)) {
      throw new NixociError("USAGE", "Missing arguments: build needs DESTINATION", {
        hint: "usage: nixoci build [SPEC] DESTINATION",
      });
    }
    const { buildTo } = await import("./run.ts");
    await buildTo(place, file, flags, io);
  },
});
