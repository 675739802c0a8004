/** The images of a channel, and the places and programs that its update needs. */
import type { Channel } from "./config.ts";

/** An image, as a registry knows it. */
export interface FoundImage {
  /** Its label NixHash, which says how it was made. */
  readonly nixHash: string | undefined;
  /** The commit of its nixpkgs. */
  readonly commit: string | undefined;
  /** The size of what Nix and its tools need, in bytes; infinite where it does not say. */
  readonly size: number;
  /** The number of the newest image that it was; 0 for one that filled a hole. */
  readonly serial: number;
}

/** An image that can be tried and pushed. */
export interface MadeImage extends AsyncDisposable {
  readonly size: number;
  /** Proves that it works. @returns what could not be tried here. @throws NixociError `FAILED`. */
  test(): Promise<string | undefined>;
  /** Puts it under this tag. */
  push(tag: string): Promise<void>;
}

/** The places and programs that an update needs. */
export interface UpdatePlaces {
  /** Lists the commits of a channel, the newest first. */
  listCommits(channel: Channel): Promise<readonly string[]>;
  /** Finds an image; `undefined` only where the registry itself says that there is none. */
  findImage(channel: Channel, tag: string): Promise<FoundImage | undefined>;
  /** Tells whether there is one. Says so as `findImage` does, without what registries count as a pull. */
  hasImage(channel: Channel, tag: string): Promise<boolean>;
  /** Computes how an image of this commit would be made now. */
  computeHash(channel: Channel, commit: string): Promise<string>;
  /** @param serial 0 where it fills a hole. */
  makeImage(channel: Channel, commit: string, serial: number): Promise<MadeImage>;
}
