/** `nixoci build [SPEC] DESTINATION` */
import { string as stringArg } from "@oclif/core/args";
import { boolean } from "@oclif/core/flags";
import { NixociError } from "../../../base/errors.ts";
import { compressionOf } from "../../../compose/features/compressor.ts";
import { readSpecWith } from "../../../compose/spec/flags.ts";
import { verb } from "../../kit/command.ts";
import { deliver, deliveryFlags } from "../copy/delivery.ts";
import { registriesConfFlag } from "../../kit/flags.ts";
import { bothSidesFlags } from "../../kit/sides.ts";
import { specFlags } from "./spec-flags.ts";

const word = (description: string) => stringArg({ ignoreStdin: true, description });

export default verb({
  summary: "Build an image from Nix store paths or folders, right where it shall be",
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
    "nixoci build --schema > build.schema.json",
  ],
  args: {
    spec: word(
      "What the image is made of: a JSON file, - for standard input; flags may say it all",
    ),
    destination: word("Where it shall be, as scheme:location; - as a path is standard output"),
  },
  flags: {
    ...specFlags,
    schema: boolean<boolean>({ summary: "Print the JSON Schema of a SPEC, and do nothing else" }),
    ...deliveryFlags,
    ...bothSidesFlags,
    "registries-conf": registriesConfFlag,
  },

  doing: ({ spec, destination }) => `build ${destination ?? spec}`,
  async run({ spec, destination }, flags, io) {
    if (flags.schema) {
      const { createSpecJsonSchema } = await import("../../../compose/spec/json-schema.ts");
      return io.write(JSON.stringify(createSpecJsonSchema(), null, 2) + "\n");
    }
    // One word is the destination: then flags say what the image is.
    const [file, place] = destination === undefined ? [undefined, spec] : [spec, destination];
    if (place === undefined || destination === undefined && /\.json$|^-$/.test(place)) {
      throw new NixociError("USAGE", "Missing arguments: build needs DESTINATION", {
        hint: "usage: nixoci build [SPEC] DESTINATION",
      });
    }
    const { openBuilt } = await import("./run.ts");
    const asked = await readSpecWith(file, flags);
    // Only what is listed under a name gets it, where the destination leaves the name open.
    const how = { ...flags, platform: undefined, all: true };
    await deliver(
      (options) => openBuilt(asked, options),
      place,
      how,
      io,
      compressionOf(asked.spec),
    );
  },
});
