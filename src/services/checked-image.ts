/** The surroundings of services: what proves that they can run looks it up. */
import type { Accounts } from "./accounts/mod.ts";
import type { RunsOn } from "./init/tools.ts";

/** A program of an image. */
export interface FoundProgram {
  /** Returns the first bytes, as Latin-1. */
  begins(): Promise<string>;
}

/** The image, or this machine, as far as services depend on it. */
export interface CheckedImage {
  readonly runsOn: RunsOn;
  findProgram(place: string): FoundProgram | undefined;
  /** Follows links, and tells what they lead to. */
  kindOf(place: string): "folder" | "file" | undefined;
  readonly accounts: Accounts;
  /** The folders of the container's PATH. */
  readonly path: readonly string[];
  /** Folders that the engine makes or mounts: what is in them is not known. */
  readonly mounts: readonly string[];
}
