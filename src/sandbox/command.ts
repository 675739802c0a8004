/** A command that runs on the files of an image, and what it may do. */
import type { OnNotice } from "../base/notices.ts";
import type { Layer } from "../image/root.ts";
import type { Scratch } from "../image/disk/scratch.ts";

/** The path at which a command finds its {@link SandboxCommand.script}. */
export const SCRIPT_PATH = "/dev/nixoci-script";

/** A command. It is root of what it sees, for every user that runs it; and it sees nothing else. */
export interface SandboxCommand {
  /** The program and its arguments; a bare name is looked for in the `PATH` of `env`, inside. */
  readonly argv: readonly string[];
  /** Its variables, as `NAME=value`; it gets no others. */
  readonly env?: readonly string[] | undefined;
  /** The folder that it begins in: `/` when left out. */
  readonly folder?: string | undefined;
  /** Its user as a Dockerfile has it, `name`, `1000` or `name:group`; root when left out. */
  readonly user?: string | undefined;
  /** Sets `HOME` to the user's home where `env` has none, as engines do. */
  readonly setsHome?: boolean;
  /** Bytes that it finds at {@link SCRIPT_PATH}: never in a command line, never in the layer. */
  readonly script?: string | Uint8Array;
  /**
   * The folder that the files of the layers are in; `/` when left out. Anywhere else, the root is
   * empty, but for what every command has, `shares` and `rooms`.
   */
  readonly at?: string;
  /** Folders of this machine that it can read. */
  readonly shares?: readonly SharedFolder[] | undefined;
  /** Folders that exist for the command alone: empty at first, and never in the layer. */
  readonly rooms?: readonly string[];
  /**
   * Lets it use the network of this machine, with its `/etc/resolv.conf` and `/etc/hosts` where the
   * tree has none, or empty ones; otherwise it has `lo` alone.
   */
  readonly network?: boolean | undefined;
  readonly limits?: SandboxLimits | undefined;
}

/** A folder of this machine, and where the command sees it. */
export interface SharedFolder {
  readonly from: string;
  readonly at: string;
  /** Only where the tree has no such folder of its own. */
  readonly isSpare?: boolean;
  /** Lists what is needed of it, for where nothing can be mounted and all is copied; all of it when left out. */
  readonly listNeeded?: () => Promise<readonly SharedFolder[]>;
}

/** The most that a command may use. */
export interface SandboxLimits {
  /** In milliseconds. */
  readonly time?: number | undefined;
  /** In bytes, of all that it writes. */
  readonly size?: number | undefined;
  readonly processes?: number | undefined;
}

/** Options for running a command on layers. */
export interface SandboxOptions {
  /** Holds what the layer is made of, until it is disposed of. */
  readonly scratch: Scratch;
  /**
   * Layers that the command finds on top of the others, and that are part of the layer that it
   * makes: what is put into an image before its scripts run.
   */
  readonly begun?: readonly Layer[];
  /** The time of all that the command writes, in seconds since 1970; 1 when left out. */
  readonly mtime?: number;
  /** The folder of the cache, where trees of base images are kept; the user's by default. */
  readonly cache?: string | undefined;
  /** Gets what the command prints, both of its outputs as they come. */
  readonly onOutput?: ((bytes: Uint8Array) => void) | undefined;
  readonly onNotice?: OnNotice | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The result of a command. */
export interface SandboxResult {
  /** The layer of what it changed; nothing where it changed nothing. */
  readonly layer: Layer | undefined;
}
