/** Opens the base image that a SPEC names. */
import type { Hold } from "../../base/dispose.ts";
import { NixociError, wrapError } from "../../base/errors.ts";
import type { Source } from "../../image/source.ts";
import type { Base } from "./base.ts";
import { selectBaseImage } from "./select-base.ts";
import type { Spec } from "../spec/spec.ts";

/**
 * Opens the place that a base image is in; `openBase` does it for all transports.
 * @param from what `fromImage` says, and `which` what `fromImageName` and `fromImageTag` do.
 * @param folder what a relative path is below.
 */
export type OpenBase = (
  from: string,
  which: { readonly name?: string | undefined; readonly tag?: string | undefined },
  folder: string,
) => Promise<{ readonly source: Source; readonly reference: string }>;

/** A base, and the repository that its blobs can be mounted from, where there is one. */
export interface OpenedBase extends Base {
  readonly repository?: string | undefined;
}

/**
 * Opens the base that the SPEC names, for the platform that it says; `undefined` when it names none.
 * @param hold takes care of the base's source.
 */
export async function openSpecBase(
  spec: Spec,
  { openBase, folder = ".", signal }: {
    readonly openBase?: OpenBase | undefined;
    readonly folder?: string;
    readonly signal?: AbortSignal | undefined;
  },
  hold: Hold,
): Promise<OpenedBase | undefined> {
  const { fromImage } = spec;
  const name = spec.fromImageName ?? undefined;
  const tag = spec.fromImageTag ?? undefined;
  if (!fromImage && (name || tag)) {
    throw new NixociError("USAGE", `${name ? "fromImageName" : "fromImageTag"}: of what?`, {
      hint: "give fromImage too",
    });
  }
  if (!fromImage || openBase === undefined) return undefined;
  const { source, reference } = await openBase(fromImage, { name, tag }, folder);
  hold(source);
  try {
    const image = await selectBaseImage(spec, source, { signal });
    // Tags move, and a plan says where the layers are.
    const pinned = source.pin?.(image.manifest.descriptor.digest) ?? reference;
    const fileOf: Base["fileOf"] = (digest) => source.fileOf?.(digest);
    return { image, reference: pinned, fileOf, repository: source.traits?.repository };
  } catch (error) {
    throw wrapError(error, `Cannot use the base image ${reference}`);
  }
}
