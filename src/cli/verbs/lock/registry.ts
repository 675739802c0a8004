/** The way to the registries of locked images. */
import { openSource } from "../../../../transports/mod.ts";
import { makePlace } from "../../../../transports/reference.ts";
import { headDigest } from "../../../../transports/registry/mod.ts";
import type { LockOptions } from "../../../bytes/disk/process-lock.ts";
import { NixociError } from "../../../base/errors.ts";
import { parseReference } from "../../../image/reference.ts";
import type { Lock } from "../../../lock/model.ts";
import { selectEntries } from "../../../lock/names.ts";
import type { Registry } from "../../../lock/registry.ts";
import type { Io } from "../../kit/io.ts";
import { readSideOptions, type SideContext, type SideValues } from "../../kit/sides.ts";

/** The flags and the output of a verb that asks registries. */
export interface RegistryContext extends SideContext {
  readonly access: SideValues;
  readonly jobs?: number | undefined;
}

/**
 * Reaches the registries of images as the flags say.
 * @throws NixociError `USAGE` for a password on the command line when the images are in several: it
 * is for one registry, and no other is to see it.
 */
export function createLockRegistry(
  { access, jobs, ...context }: RegistryContext,
  hosts: readonly string[],
): Registry {
  const flag = (["creds", "registry-token"] as const).find((name) => access[name] !== undefined);
  const different = [...new Set(hosts)];
  if (flag !== undefined && different.length > 1) {
    const message = `--${flag} is for one registry, not for ${different.join(", ")}`;
    throw new NixociError("USAGE", message, {
      hint: "name images of one, or use nixoci login HOST, or --authfile",
    });
  }
  const options = { ...readSideOptions(access, context), jobs };
  return {
    open: async (repository) => await openSource(makePlace("registry", repository), options),
    async digestOf(repository, tag) {
      const image = { ...parseReference(repository), tag };
      return (await headDigest(image, options)).digest;
    },
  };
}

/** Lists the registries that locked images are in. */
export function hostsOf(lock: Lock, names: readonly string[] = []): string[] {
  return selectEntries(lock, names).map(([, { repository }]) => parseReference(repository).host);
}

/** Says how to wait for the lockfile's own lock. */
export function waitOptionsOf({ signal, notice }: Io): LockOptions {
  return { signal, onWait: notice };
}
