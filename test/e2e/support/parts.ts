/** The real parts that the tests talk to, and what this machine lacks of them. */
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** A program of another project that a test needs. */
export type Part = keyof typeof PROGRAMS;

/** The programs that make up a part; Debian's package names are in `.ci/run`. */
const PROGRAMS = {
  registry: ["docker-registry"],
  docker: ["dockerd", "docker"],
  podman: ["podman"],
  containerd: ["containerd", "ctr"],
  skopeo: ["skopeo"],
  buildah: ["buildah", "setcap"],
  umoci: ["umoci"],
  runc: ["runc"],
  crun: ["crun"],
  "oci-image-tool": ["oci-image-tool"],
  busybox: ["busybox"],
  nix: ["nix-store", "nix"],
  curl: ["curl"],
  devcontainer: ["devcontainer"],
  direnv: ["direnv"],
  uidmap: ["newuidmap"],
  git: ["git"],
  htpasswd: ["htpasswd"],
  openssl: ["openssl"],
  crane: ["crane"],
  oras: ["oras"],
  regctl: ["regctl"],
  regsync: ["regsync"],
  cosign: ["cosign"],
  buildkit: ["buildkitd", "buildctl"],
  crictl: ["crictl"],
  kind: ["kind"],
  patchelf: ["patchelf"],
  strace: ["strace"],
  tar: ["tar"],
  "bash-static": ["bash-static"],
  fakeroot: ["fakeroot"],
  s6: ["s6-svscan", "ldd"],
  script: ["script"],
  apt: ["apt-get", "dpkg-deb"],
  shadow: ["useradd", "groupadd"],
  "python3-igraph": [],
  root: [],
} as const satisfies Record<string, readonly string[]>;

/** Debian's module, for Debian's Python. */
const IGRAPH = "/usr/lib/python3/dist-packages/igraph/__init__.py";

export const PARTS = Object.keys(PROGRAMS) as Part[];

/**
 * Those that may be missing where CI is: cosign takes half an hour to build, and BuildKit is built in its
 * own folder only, by `go install ./cmd/buildctl ./cmd/buildkitd`.
 */
export const RARE_PARTS: readonly Part[] = ["cosign", "buildkit"];

/** What is not here, and why: an empty record on a machine that can run every test. */
export type Missing = Partial<Record<Part, string>>;

/** Looks for every part in `PATH`. */
export async function missingParts(): Promise<Missing> {
  const missing: Missing = {};
  if (process.getuid?.() !== 0) missing.root = "the tests do not run as root";
  for (const part of PARTS) {
    for (const program of PROGRAMS[part]) {
      if (!await inPath(program)) missing[part] = `${program} is not installed`;
    }
  }
  if (!await isThere(IGRAPH, constants.R_OK)) {
    missing["python3-igraph"] = "python3-igraph is not installed";
  }
  for (const part of ["docker", "podman", "buildah"] as const) {
    if (missing.root !== undefined) missing[part] ??= missing.root;
  }
  return missing;
}

async function inPath(program: string): Promise<boolean> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (await isThere(join(folder, program), constants.X_OK)) return true;
  }
  return false;
}

async function isThere(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}
