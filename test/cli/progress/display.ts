/** What progress displays are shown in tests: blobs, and a terminal that remembers. */
import type { CopyEvent } from "../../../src/copy/events.ts";
import type { Descriptor } from "../../../src/image/descriptor.ts";

export function blob(letter: string, size: number): Descriptor {
  const digest = `sha256:${letter.repeat(64)}` as const;
  return { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size };
}

export const plan = (...blobs: Descriptor[]): CopyEvent => ({
  type: "plan",
  blobs: blobs.map((descriptor) => ({ kind: "layer", descriptor })),
});
export const start = (descriptor: Descriptor): CopyEvent => ({
  type: "start",
  kind: "layer",
  descriptor,
});
export const moved = (descriptor: Descriptor, bytes: number): CopyEvent => ({
  type: "progress",
  descriptor,
  bytes,
});
export const done = (
  descriptor: Descriptor,
  how: "moved" | "exists" | "mounted" = "moved",
): CopyEvent => ({ type: "done", kind: "layer", descriptor, how });

export const making = (descriptor: Descriptor, bytes: number): CopyEvent => ({
  type: "making",
  descriptor,
  bytes,
});

export const writing = (bytes: number): CopyEvent => ({ type: "writing", bytes });

/** A terminal that does what the display's escapes say; `screen()` is what a person sees. */
export class Screen {
  readonly isTTY = true;
  columns: number;
  rows: number;
  cursor = true;
  #lines: string[] = [""];
  #row = 0;

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    // deno-lint-ignore no-control-regex
    for (const part of text.match(/\x1b\[[?\d;]*[A-Za-z]|\n|\r|[^\x1b\n\r]+/g) ?? []) {
      this.#take(part);
    }
  }

  screen(): string[] {
    return this.#lines.slice(0, this.#lines.at(-1) === "" ? -1 : undefined);
  }

  #take(part: string): void {
    // deno-lint-ignore no-control-regex
    const up = /^\x1b\[(\d+)A$/.exec(part);
    if (up) this.#row = Math.max(0, this.#row - Number(up[1]));
    else if (part === "\x1b[?25l") this.cursor = false;
    else if (part === "\x1b[?25h") this.cursor = true;
    else if (part === "\x1b[J") this.#lines.splice(this.#row, Infinity, "");
    else if (part === "\n") this.#lines[++this.#row] = "";
    else if (part === "\r") this.#lines[this.#row] = "";
    else if (!part.startsWith("\x1b")) this.#lines[this.#row] += part;
  }
}
