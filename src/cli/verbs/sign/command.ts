/** `nixoci sign SOURCE` */
import { boolean, file, string } from "@oclif/core/flags";
import { defineReferenceArg } from "../../kit/args.ts";
import { defineVerb } from "../../kit/command.ts";
import { definePlatformFlag, REPEATABLE } from "../../kit/flags.ts";

export default defineVerb({
  summary: "Sign an image where it is, as cosign does",
  description:
    "Signs the digest with a private key: cosign's, with the password that COSIGN_PASSWORD says or " +
    "that is asked for, or any in PEM. The signature goes beside the image, under the tag " +
    "sha256-….sig, where all versions of cosign, Podman and skopeo look; --bundle makes it a " +
    "referrer instead, as cosign 3 does. No log is written. What the key has signed already is not " +
    "signed again. Prints the digests that are signed.",
  examples: [
    "nixoci sign --key cosign.key registry:localhost:5000/app:1",
    "nixoci sign --key cosign.key --bundle --recursive oci-dir:images:app",
  ],
  args: { source: defineReferenceArg("The image, as scheme:location") },
  flags: {
    key: file({
      required: true,
      summary: "The private key: cosign.key, or PEM of an EC, RSA or Ed25519 key",
      helpValue: "file",
    }),
    bundle: boolean<boolean>({
      summary: "Make a bundle that refers to the image; cosign 3 reads it without a flag",
      aliases: ["new-bundle-format"],
    }),
    recursive: boolean<boolean>({
      char: "r",
      summary: "Of an index: sign all that is in it, too",
      exclusive: ["platform"],
    }),
    platform: definePlatformFlag("the whole index by default"),
    "signed-as": string({
      summary: "What the signature calls the image; its repository by default",
      helpValue: "name",
      exclusive: ["bundle"],
      aliases: ["sign-container-identity"],
    }),
    annotation: string({
      ...REPEATABLE,
      char: "a",
      summary: "Something more that is signed",
      helpValue: "key=value",
    }),
    "dry-run": boolean<boolean>({ summary: "Print what would be signed, and sign nothing" }),
  },
  reaches: "one place",

  doing: ({ source }) => `sign ${source}`,
  async run({ source }, flags, io) {
    const { signPlace } = await import("./run.ts");
    const signed = await signPlace(source, flags, io);
    io.print({ signed }, () => signed.map(({ subject }) => subject));
  },
});
