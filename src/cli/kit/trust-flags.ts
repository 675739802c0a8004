/** The flags that say who may have signed an image. */
import { file, string } from "@oclif/core/flags";
import type { FlagValues } from "./command.ts";
import { REPEATABLE } from "./flags.ts";

/** The flags. */
export const trustFlags = {
  key: file({
    ...REPEATABLE,
    summary: "Wants a signature by this public key, such as cosign.pub; of several keys, by one",
    helpValue: "file",
  }),
  identity: string({
    summary: "Wants one by this identity, without a key: an address, or the URI of a workflow",
    helpValue: "name",
    dependsOn: ["issuer", "trusted-root"],
    aliases: ["certificate-identity"],
  }),
  issuer: string({
    summary: "The OpenID provider that vouches for the identity",
    helpValue: "url",
    dependsOn: ["identity"],
    aliases: ["certificate-oidc-issuer"],
  }),
  "trusted-root": file({
    summary: "Whom to trust with identities: sigstore's trusted_root.json, or one's own",
    helpValue: "file",
    dependsOn: ["identity"],
  }),
  certificate: file({
    ...REPEATABLE,
    summary: "Wants one of notation by this certificate, or one that it has issued",
    helpValue: "file",
  }),
  "signed-as": string({
    summary: "The repository that the signer named, where that is another: of a mirror",
    helpValue: "name",
  }),
};

/** Their values. */
export type TrustValues = Partial<FlagValues<typeof trustFlags>>;
