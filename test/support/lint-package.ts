/** What tools say of a packed package: whether Node, TypeScript and bundlers find what it promises. */
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

// The package is of modules alone, which all Node that it runs on can require, too; and TypeScript's
// resolution of Node 10 knows no subpaths.
const FOR_OTHERS = ["node10", "node16-cjs"];

/** Lists what `@arethetypeswrong` has against the types in a tarball, as its profile `esm-only`. */
export async function listTypeProblems(tarball: Uint8Array): Promise<string[]> {
  const { types, ...rest } = await checkPackage(createPackageFromTarballData(tarball));
  if (types === false || !("problems" in rest)) return ["the package has no types"];
  return rest.problems
    .filter((one) => !("resolutionKind" in one && FOR_OTHERS.includes(one.resolutionKind)))
    .map((one) => JSON.stringify(one));
}

/** Lists what publint has against a tarball, suggestions included. */
export async function listPackageProblems(tarball: Uint8Array): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: Uint8Array.from(tarball).buffer } });
  return messages.map((one) => formatMessage(one, pkg, { color: false }) ?? one.code);
}
