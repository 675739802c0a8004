/** Images that other tools have made, for us to move. */
import type { Part } from "../parts.ts";

export interface Sample {
  /** Says who made it, and what is special about it. */
  readonly name: string;
  /** Where it is, as skopeo names it. */
  readonly origin: string;
  readonly kind: "image" | "index";
}

/** What the makers of samples work with. */
export interface Workshop {
  /** A folder for this sample alone. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** `unix:///path` of the engine, where the maker needs one. */
  readonly host: string;
}

/** One way of making an image. */
export interface Maker {
  readonly name: string;
  readonly kind: Sample["kind"];
  readonly needs: readonly Part[];
  /** skopeo cannot turn it into Docker's formats, so that it begins only where manifests are kept. */
  readonly ociOnly?: boolean;
  /** Makes the image in the workshop's folder; skopeo's name of it. */
  make(workshop: Workshop): Promise<string>;
}

/** What a container of every sample prints: the file `/message`. */
export const MESSAGE = "hello from the image";

/** The command of every sample. */
export const COMMAND = ["/bin/sh", "-c", "cat /message"];
