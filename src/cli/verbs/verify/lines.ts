/** Writes who has signed what, for people. */
import type { ImageSignature } from "../../../sign/mod.ts";
import type { SubjectSignatures } from "./run.ts";

/** Writes a line for each signature. */
export function* formatSignatures(found: readonly SubjectSignatures[] = []): Iterable<string> {
  for (const { subject, signatures } of found) {
    for (const signature of signatures) {
      yield `signed     ${subject}  ${formatSignature(signature)}`;
    }
  }
}

function formatSignature({ signer, issuer, format, repository }: ImageSignature): string {
  const by = issuer === undefined ? signer : `${signer} (${issuer})`;
  return `by ${by}${repository === undefined ? "" : ` as ${repository}`}, ${format}`;
}
