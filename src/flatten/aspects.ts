/** Aspects of a file that can differ between two images. */
export const ASPECTS = [
  "type",
  "content",
  "size",
  "mode",
  "owner",
  "time",
  "link",
  "device",
  "xattrs",
] as const;
export type Aspect = (typeof ASPECTS)[number];
