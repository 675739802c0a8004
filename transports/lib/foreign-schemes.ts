/** Schemes of skopeo, podman, buildah and BuildKit that stand for no place here. */

/** For each, what to do instead. */
export const FOREIGN_SCHEMES: Readonly<Record<string, string>> = {
  containerd: "use oci-archive:PATH, which ctr images import and ctr images export know",
  "docker-image": "use registry:NAME",
  "docker-tar": "use docker-archive:PATH",
  file: "use oci-dir:PATH, oci-archive:PATH or docker-archive:PATH",
  "oci-image": "use oci-dir:PATH",
  "oci-layout": "use oci-dir:PATH",
  ostree: "use oci-dir:PATH, an OCI layout in a folder",
  "podman-daemon": "use podman:NAME",
  sif: "use oci-archive:PATH",
  tar: "use docker-archive:PATH or oci-archive:PATH",
  tarball: "nixoci build makes an image of a folder",
};
