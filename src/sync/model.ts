/** The rules of a sync, each of an image, a repository or a registry, and the hosts that they reach. */
import type { NixociError } from "../base/errors.ts";

/** The content of a file: what is to be in sync. */
export interface SyncConfig {
  readonly rules: readonly SyncRule[];
  /** By host, as in references: `docker.io`, `localhost:5000`. */
  readonly hosts: Readonly<Record<string, HostRules>>;
  /** The number of images that are copied at a time, where the file says it. */
  readonly parallel?: number;
  /** Lines about what the file says and nixoci has no use for. */
  readonly notices: readonly string[];
}

/** A rule: images of one source, and where they go. */
export interface SyncRule {
  /** The image, repository or other place, as `scheme:location`; of a registry the host alone. */
  readonly source: string;
  /** Tells what the source names. */
  readonly kind: "image" | "repository" | "registry";
  /**
   * The place of each image, as `scheme:location` with `{host}`, `{repository}`, `{name}` (the last
   * word of the repository), `{tag}` and `{reference}` (all of it) in it.
   */
  readonly destination: string;
  /** Tags and digests that are meant by name: nothing is listed for them. */
  readonly names?: readonly string[];
  /** Chooses from the tags that there are; without it and without names all are meant. */
  readonly choose?: ChooseTags;
  /** Tells which repositories of a registry are meant; all by default. */
  readonly hasRepository?: (repository: string) => boolean;
  /** The platforms to take of an index; without them it is taken whole. `host` is the machine's own. */
  readonly platforms?: readonly string[];
  readonly referrers?: boolean;
  readonly digestTags?: boolean;
  /** An image whose manifest is there is not looked at for what is attached to it. */
  readonly isFast?: boolean;
  /** Tells which tags never move: those that are there are not asked for again. */
  readonly isImmutable?: (tag: string) => boolean;
  readonly schedule?: Schedule;
  /** The file and line that it stands in, for messages: `mirror.yaml:12`. */
  readonly where: string;
}

/** Chooses some of a repository's tags. @param readTimes says when the images of tags were made. */
export type ChooseTags = (
  tags: readonly string[],
  readTimes: (tags: readonly string[]) => Promise<Readonly<Record<string, string>>>,
) => Promise<readonly string[]>;

/** The time at which a rule is followed again: after milliseconds, or as a line of cron says. */
export type Schedule = { readonly every: number } | { readonly cron: string };

/** The way to reach a registry. */
export interface HostRules {
  readonly username?: string;
  readonly password?: string;
  /** As `RegistryOptions` have it. */
  readonly tlsVerify?: boolean;
  readonly certDir?: string;
  /** The number of blobs that move to and from it at a time. */
  readonly parallel?: number;
  /** The most requests in a second. */
  readonly perSecond?: number;
}

/** An image of a run, and its fate. */
export interface SyncedImage {
  /** As `scheme:location`. */
  readonly source: string;
  readonly destination: string;
  /** `immutable` is there, and was not asked for again; `planned` is what a dry run finds missing. */
  readonly status: "copied" | "unchanged" | "immutable" | "planned" | "failed";
  readonly digest?: string;
  /** Bytes of blobs that moved, or would. */
  readonly bytes: number;
  readonly error?: SyncFailure;
}

/** The reason why an image or a rule failed. */
export type SyncFailure =
  & Pick<NixociError, "code" | "message">
  & Partial<Pick<NixociError, "hint" | "side">>;

/** The result of a run. */
export interface SyncResult {
  readonly images: readonly SyncedImage[];
  readonly totals:
    & Readonly<Record<SyncedImage["status"], number>>
    & { readonly bytes: number; readonly mounted: number };
}
