/** The flags of `build` for documents about the image. */
import { boolean, file, option } from "@oclif/core/flags";
import type { FlagValues } from "../../kit/command.ts";

/** The flags. */
export const attestFlags = {
  sbom: option({ options: ["cyclonedx", "spdx"] as const })({
    summary: "Attach a bill of materials to the image, in a registry or layout",
  }),
  meta: file({
    summary: "With --sbom: what Nix says of packages, as nix-env -qa --meta --json has it",
    helpValue: "file",
    dependsOn: ["sbom"],
  }),
  "attach-closure": boolean<boolean>({
    summary: "Attach what its store paths refer to, for nixoci serve --nix-cache",
  }),
  provenance: boolean<boolean>({
    summary: "Attach a statement of how it was built (SLSA 1, in-toto)",
  }),
};

/** Their values. */
export type AttestFlags = Partial<FlagValues<typeof attestFlags>>;
