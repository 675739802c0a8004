/** `nixoci base build [SPEC] DESTINATION`, or without `build` */
import { boolean, string } from "@oclif/core/flags";
import { NixociError } from "../../../../base/errors.ts";
import { deliveryFlags } from "../../../delivery/flags.ts";
import { defineLastArg, defineOptionalArg } from "../../../kit/args.ts";
import { defineVerb } from "../../../kit/command.ts";
import { REPEATABLE } from "../../../kit/flags.ts";
import { specFlags } from "../../../spec/flags.ts";

export default defineVerb({
  summary: "Build an image in which Nix works at once, with nixpkgs in its store",
  description:
    "nixoci build with a preset: Nix, its database, its users and settings, certificates, a shell, " +
    "export-profile, and the variables that Nix wants. SPEC and flags are those of build, and win; " +
    "--print-spec shows what they are completed to. With --nixpkgs an expression that pins the same " +
    'commit by fetchTarball { name = "nixpkgs-src"; … } needs no network.',
  examples: [
    "nixoci base --nix $(nix-build -A nix) --tool $(nix-build -A bash) --tool $(nix-build -A coreutils) " +
    "--nixpkgs nixpkgs.tar.gz daemon:nixpkgs",
    "nixoci base base.json --nixpkgs nixpkgs.tar.gz --tag $commit registry:localhost:5000/nixpkgs",
    "nixoci base base.json --nix-user alice --nixpkgs-name nixpkgs-src --nixpkgs-name source daemon:nixpkgs",
    "nixoci base base.json --print-spec",
  ],
  args: {
    spec: defineOptionalArg(
      "What the image is made of, as of build: a JSON file, - for standard input; flags may say it all",
      "file",
    ),
    destination: defineLastArg(
      "Where it goes, as scheme:location; - as a path is standard output",
      "reference",
    ),
  },
  flags: {
    nix: string({
      summary: "The store path of Nix",
      helpValue: "/nix/store/…",
      helpGroup: "IMAGE",
    }),
    tool: string({
      summary: "A store path whose programs are in /bin, such as bash, coreutils, cacert, cachix",
      helpValue: "/nix/store/…",
      helpGroup: "IMAGE",
      ...REPEATABLE,
    }),
    "nix-user": string({
      summary: "Who owns the store and runs Nix, in place of root",
      helpValue: "name",
      helpGroup: "IMAGE",
    }),
    ...specFlags,
    "print-spec": boolean<boolean>({
      summary: "Print the SPEC that it is completed to, and build nothing",
    }),
    ...deliveryFlags,
  },
  reaches: "two places",
  takesImages: true,

  doing: ({ spec, destination }) => `build ${destination ?? spec}`,
  async run({ spec, destination }, flags, io) {
    const { buildBaseTo, printBaseSpec } = await import("./run.ts");
    if (flags["print-spec"]) return await printBaseSpec(spec, destination, flags, io);
    // One word is where it goes: then flags say what it is.
    const [file, place] = destination === undefined ? [undefined, spec] : [spec, destination];
    if (place === undefined || destination === undefined && /\.json$|^-$/.test(place)) {
      throw new NixociError("USAGE", "Missing arguments: base needs DESTINATION", {
        hint: "usage: nixoci base [SPEC] DESTINATION",
      });
    }
    await buildBaseTo(place, file, flags, io);
  },
});
