/** What the verbs of `nixoci lock` share: the file, the names, the way to registries. */
import { string as stringArg } from "@oclif/core/args";
import { file } from "@oclif/core/flags";
import { placeAt } from "../../../../transports/reference.ts";
import type { Digest } from "../../../bytes/digest.ts";
import type { LockOptions } from "../../../bytes/disk/process-lock.ts";
import { NixociError } from "../../../base/errors.ts";
import { parseReference } from "../../../image/reference.ts";
import type { TransportOptions } from "../../../image/root.ts";
import type { Added } from "../../../lock/add.ts";
import { type Lock, LOCK_FILE, pinOf } from "../../../lock/model.ts";
import { entriesOf } from "../../../lock/names.ts";
import type { Registry } from "../../../lock/registry.ts";
import type { MovedImage } from "../../../lock/update.ts";
import type { Io } from "../../kit/command.ts";
import { readRegistryName } from "../../reference/place.ts";

/** `--file`. */
export const lockFileFlag = file({
  char: "f",
  summary: "The lockfile",
  helpValue: "file",
  default: LOCK_FILE,
});

/** Names of images, `registry:` or not before them; what is in no registry is refused. */
export const nameArgs = {
  required: (description: string) =>
    stringArg({ required: true, multiple: true, ignoreStdin: true, description, parse: imageName }),
  optional: (description: string) =>
    stringArg({ multiple: true, ignoreStdin: true, description, parse: imageName }),
  one: (description: string) =>
    stringArg({ required: true, ignoreStdin: true, description, parse: imageName }),
};

const imageName = (text: string): Promise<string> => Promise.resolve(readRegistryName(text));

/**
 * A password on the command line is for one registry, and no other is to see it.
 * @throws NixociError `USAGE` when the images are in several.
 */
export function forOneRegistry(
  flags: { readonly creds?: string | undefined; readonly "registry-token"?: string | undefined },
  hosts: readonly string[],
): void {
  const flag = (["creds", "registry-token"] as const).find((name) => flags[name] !== undefined);
  const different = [...new Set(hosts)];
  if (flag === undefined || different.length < 2) return;
  throw new NixociError("USAGE", `--${flag} is for one registry, not for ${different.join(", ")}`, {
    hint: "name images of one, or use nixoci login HOST, or --authfile",
  });
}

/** The registries that locked images are in. */
export function hostsOf(lock: Lock, names: readonly string[] = []): string[] {
  return entriesOf(lock, names).map(([, { repository }]) => parseReference(repository).host);
}

/** Registries as the options say how to reach them. */
export function registryWith(options: TransportOptions): Registry {
  return {
    async open(repository) {
      const { openSource } = await import("../../../../transports/mod.ts");
      return await openSource(placeAt("registry", repository), options);
    },
    async digestOf(repository, tag): Promise<Digest> {
      const { headDigest } = await import("../../../../transports/registry/mod.ts");
      return (await headDigest(`${repository}:${tag}`, options)).digest;
    },
  };
}

/** How to wait for the lockfile's own lock. */
export function fileOptions({ signal, notice }: Io): LockOptions {
  return { signal, onWait: notice };
}

/** What `add` and `import` have done. */
export function addedLines({ name, image, isNew }: Added): string[] {
  const what = `${name} at ${pinOf(image)} (${Object.keys(image.platforms).join(", ")})`;
  return [isNew ? `Locked ${what}` : `${what} is locked already`];
}

/** `name  from -> to` */
export function movedLine({ name, from, to }: MovedImage): string {
  return `${name}  ${from} -> ${to}`;
}

/** What `list` shows: of each platform the digest, and the bytes of what is to be fetched. */
export function listed(lock: Lock, names?: readonly string[]) {
  return entriesOf(lock, names).map(([name, image]) => ({
    name,
    repository: image.repository,
    tag: image.tag,
    digest: pinOf(image),
    platforms: Object.fromEntries(
      Object.entries(image.platforms).map(([platform, { manifest, config, layers }]) => {
        const blobs = [manifest, config, ...layers];
        const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
        return [platform, { digest: manifest.digest, layers: layers.length, size }];
      }),
    ),
  }));
}
