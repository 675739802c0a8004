/**
 * Translates an image's config to the runtime specification's.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/conversion.md
 * @see https://github.com/opencontainers/runtime-spec/blob/v1.0.2/config.md
 */
import { NixociError } from "../../base/errors.ts";
import {
  CAPABILITIES,
  createDefaultMounts,
  createVolumeMount,
  MASKED_PATHS,
  PATH,
  READONLY_PATHS,
} from "./defaults.ts";
import type { ImageConfig } from "./image-config.ts";
import type { ContainerUser } from "./user.ts";

/** Options for a bundle's config. */
export interface RuntimeOptions {
  /** The user and group who will run it without root; both missing for root. */
  readonly rootless?: { readonly uid: number; readonly gid: number } | undefined;
  /** Files keep their set-user-ID bits and capabilities, which are to work. */
  readonly special?: boolean;
}

/**
 * Returns the `config.json` of a bundle whose root file system is in `rootfs`.
 * @throws NixociError `UNSUPPORTED` for images that are not for Linux.
 */
export function runtimeConfigOf(
  image: ImageConfig,
  user: ContainerUser,
  { rootless, special = false }: RuntimeOptions = {},
): Record<string, unknown> {
  const os = image.os ?? "linux";
  if (os !== "linux") {
    throw new NixociError("UNSUPPORTED", `bundles are for Linux, and the image is for ${os}`, {
      hint: "unpack it with --dir",
    });
  }
  const isRootless = rootless !== undefined;
  return {
    ociVersion: "1.0.2",
    process: processOf(image, user, !special),
    root: { path: "rootfs", readonly: false },
    hostname: image.config?.Hostname || "nixoci",
    mounts: [...createDefaultMounts(isRootless), ...volumesOf(image).map(createVolumeMount)],
    annotations: annotationsOf(image),
    linux: {
      ...(isRootless ? mappingsOf(rootless) : { resources: NO_DEVICES }),
      namespaces: namespacesOf(isRootless),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READONLY_PATHS,
    },
  };
}

function processOf({ config }: ImageConfig, user: ContainerUser, noNewPrivileges: boolean) {
  const { uid, gid, additionalGids, home } = user;
  const args = [...config?.Entrypoint ?? [], ...config?.Cmd ?? []];
  return {
    terminal: false,
    user: { uid, gid, additionalGids: additionalGids.length > 0 ? additionalGids : undefined },
    args: args.length > 0 ? args : ["sh"],
    env: environmentOf(config?.Env ?? [], home),
    cwd: absolutePathOf(config?.WorkingDir ?? ""),
    capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
    noNewPrivileges,
  };
}

function environmentOf(own: readonly string[], home: string): string[] {
  const has = (name: string) => own.some((variable) => variable.startsWith(`${name}=`));
  return [...(has("PATH") ? [] : [PATH]), ...own, ...(has("HOME") ? [] : [`HOME=${home}`])];
}

/** Makes a path absolute: Docker takes a relative one as relative to the root. */
function absolutePathOf(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function volumesOf({ config }: ImageConfig): string[] {
  return Object.keys(config?.Volumes ?? {}).map(absolutePathOf).sort();
}

const NO_DEVICES = { devices: [{ allow: false, access: "rwm" }] };

/** Maps the user to root of the user namespace, and nobody else. */
function mappingsOf({ uid, gid }: { readonly uid: number; readonly gid: number }) {
  return {
    uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
  };
}

/** Lists the namespaces. Without root, a network of its own would have no interface. */
function namespacesOf(rootless: boolean): { type: string }[] {
  const types = ["pid", "ipc", "uts", "mount", rootless ? "user" : "network"];
  return types.map((type) => ({ type }));
}

/** Derives annotations from the config; the image's labels win. */
function annotationsOf(image: ImageConfig): Record<string, string> {
  const { config } = image;
  const ports = Object.keys(config?.ExposedPorts ?? {});
  const derived: Record<string, string | null | undefined> = {
    os: image.os,
    architecture: image.architecture,
    variant: image.variant,
    "os.version": image["os.version"],
    author: image.author,
    created: image.created,
    stopSignal: config?.StopSignal,
    exposedPorts: ports.length > 0 ? ports.join(",") : undefined,
  };
  const annotations: Record<string, string> = {};
  for (const [name, value] of Object.entries(derived)) {
    if (value) annotations[`org.opencontainers.image.${name}`] = value;
  }
  return { ...annotations, ...config?.Labels };
}
