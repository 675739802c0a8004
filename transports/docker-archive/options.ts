/** The options of a side that is a docker-archive. */
import type { ArchiveSideOptions } from "../lib/archive/options.ts";

/** Options of one side of a copy that is a docker-archive. */
export interface DockerArchiveSideOptions extends ArchiveSideOptions {
  /**
   * Write names as they are given (`app:1`), as dockerTools does; by default in full
   * (`docker.io/library/app:1`), as skopeo does. Podman takes the one for `localhost/app:1`.
   */
  readonly namesAsGiven?: boolean;
  /**
   * Keep layers compressed as they come; by default they are plain tars, which is all that every
   * loader takes. Docker, Podman, containerd, skopeo and crane take gzip as well.
   */
  readonly keepsLayers?: boolean;
}
