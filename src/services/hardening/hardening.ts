/** Hardening: how an image is meant to be run, for Docker's command line and for Kubernetes. */
import type { Service } from "../service.ts";
import { makeSeccompProfile } from "./seccomp.ts";

/** The parts of hardening; `restricted`, as Kubernetes calls it, is all of them. */
export const HARDENING_PARTS = ["read-only", "capabilities", "seccomp", "non-root"] as const;

/** A part of hardening. */
export type HardeningPart = (typeof HARDENING_PARTS)[number];

/** An image, as far as it matters to how it is run. */
export interface HardenedImage {
  readonly parts: readonly HardeningPart[];
  /** The numbers of the container's user; `undefined` where it is root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly services: readonly Service[];
  /** Ports that it listens on. */
  readonly ports: readonly number[];
  /** Capabilities that it needs besides those of its services. */
  readonly capabilities: readonly string[];
  /** In the words of images: `amd64`. */
  readonly architecture: string | undefined;
}

/** Fields of a container of a pod, and of the pod itself. */
export interface PodFields {
  readonly container: Readonly<Record<string, unknown>>;
  readonly pod: Readonly<Record<string, unknown>>;
}

/** The ways in which an image is meant to be run. */
export interface Hardening {
  /** Words of `docker run`. */
  readonly docker: readonly string[];
  /** For a pod's description. */
  readonly kubernetes: PodFields;
  /** Files for those who run it, by their names. */
  readonly files: Readonly<Record<string, string>>;
}

/** The name of the profile, beside the image. */
const PROFILE = "seccomp.json";

/** Works out how an image is meant to be run. */
export async function describeHardening(image: HardenedImage): Promise<Hardening> {
  const has = (part: HardeningPart) => image.parts.includes(part);
  const places = has("read-only") ? listWritten(image.services) : [];
  const added = has("capabilities") ? listCapabilities(image) : [];
  const docker = [
    ...(has("read-only") ? ["--read-only"] : []),
    ...places.flatMap(({ path, stays }) =>
      stays ? ["--mount", `type=volume,dst=${path}`] : ["--tmpfs", `${path}:${modeOf(path, image)}`]
    ),
    ...(has("capabilities")
      ? ["--cap-drop", "ALL", ...added.flatMap((one) => ["--cap-add", one])]
      : []),
    ...(has("capabilities") ? ["--security-opt", "no-new-privileges"] : []),
    ...(has("seccomp") ? ["--security-opt", `seccomp=${PROFILE}`] : []),
    ...(has("non-root") && image.user ? ["--user", `${image.user.uid}:${image.user.gid}`] : []),
  ];
  const kubernetes = describeForKubernetes(image, places, added);
  const profile = has("seccomp") && makeSeccompProfile(image.architecture);
  return {
    docker,
    kubernetes,
    files: {
      "docker-run.txt": `${docker.join(" ")}\n`,
      "kubernetes.yaml": await formatForKubernetes(kubernetes),
      ...(profile && { [PROFILE]: `${JSON.stringify(profile, null, 2)}\n` }),
    },
  };
}

/** A folder that something writes to. */
interface WrittenPlace {
  readonly path: string;
  /** Its files are to be there the next time. */
  readonly stays: boolean;
}

function listWritten(services: readonly Service[]): WrittenPlace[] {
  const folders = services.flatMap(({ folders = [] }) => folders)
    .filter(({ kind }) => kind === "state" || kind === "cache" || kind === "logs");
  const own = new Map(folders.map(({ path, kind }) => [path, kind === "state"]));
  return [["/run", false], ["/tmp", false], ...own]
    .map(([path, stays]) => ({ path, stays }) as WrittenPlace);
}

/** Says who may write to a folder in memory: everybody, or the container's user. */
function modeOf(path: string, { user }: HardenedImage): string {
  if (path === "/run" || path === "/tmp" || user === undefined) {
    return path === "/run" || path === "/tmp" ? "mode=1777" : "mode=755";
  }
  return `mode=755,uid=${user.uid},gid=${user.gid}`;
}

/**
 * Lists the capabilities that services need: an init that is root becomes their users, owns and
 * removes their folders, and ends their processes.
 */
function listCapabilities({ user, services, ports, capabilities }: HardenedImage): string[] {
  const needed = new Set(capabilities.map((one) => one.toUpperCase().replace(/^CAP_/, "")));
  const changes = services.some((one) => one.user !== undefined || one.group !== undefined);
  if (user === undefined && changes) {
    for (const one of ["SETUID", "SETGID", "KILL"]) needed.add(one);
    if (services.some(({ folders = [] }) => folders.length > 0)) {
      for (const one of ["CHOWN", "FOWNER", "DAC_OVERRIDE"]) needed.add(one);
    }
  }
  if (ports.some((port) => port < 1024)) needed.add("NET_BIND_SERVICE");
  if (services.some(({ nice = 0 }) => nice < 0)) needed.add("SYS_NICE");
  return [...needed].sort();
}

function describeForKubernetes(
  { parts, user }: HardenedImage,
  places: readonly WrittenPlace[],
  added: readonly string[],
): PodFields {
  const has = (part: HardeningPart) => parts.includes(part);
  const volumes = places.map(({ path }, i) => ({ name: nameVolume(path, i), path }));
  return {
    container: {
      securityContext: {
        ...(has("read-only") && { readOnlyRootFilesystem: true }),
        ...(has("capabilities") && {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"], ...(added.length > 0 && { add: added }) },
        }),
        ...(has("non-root") && user &&
          { runAsNonRoot: true, runAsUser: user.uid, runAsGroup: user.gid }),
        // A profile of one's own has to be on every node; the runtime's is there.
        ...(has("seccomp") && { seccompProfile: { type: "RuntimeDefault" } }),
      },
      ...(volumes.length > 0 &&
        { volumeMounts: volumes.map(({ name, path }) => ({ name, mountPath: path })) }),
    },
    pod: volumes.length > 0 ? { volumes: volumes.map(({ name }) => ({ name, emptyDir: {} })) } : {},
  };
}

async function formatForKubernetes({ container, pod }: PodFields): Promise<string> {
  // Loaded only here, for few builds need it.
  const { stringify } = await import("yaml");
  const ofPod = Object.keys(pod).length > 0 ? `# Fields of its pod.\n${stringify(pod)}` : "";
  return `# Fields of the container.\n${stringify(container)}${ofPod}`;
}

/** Makes a volume's name, a label of DNS: 63 letters, numbers and dashes, none like another. */
function nameVolume(path: string, place: number): string {
  const words = path.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return `${words.join("-").slice(0, 55).replace(/-$/, "")}-${place}`.replace(/^-/, "volume-");
}
