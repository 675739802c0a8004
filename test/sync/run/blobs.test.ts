/** Blobs that several copies have: each waits for the others, but never for one that has failed. */
import { expect, it } from "vitest";
import { contentOf } from "../../../src/image/content.ts";
import type { ImageBlob } from "../../../src/image/root.ts";
import type { Sink } from "../../../src/image/sink.ts";
import { createDestinationBlobs } from "../../../src/sync/run/blobs.ts";

const layer = (text: string): ImageBlob => ({
  kind: "layer",
  content: contentOf("application/vnd.oci.image.layer.v1.tar", Buffer.from(text)) as never,
});
const [first, second, bad] = [layer("first"), layer("second"), layer("bad")];
const descriptorOf = ({ content }: ImageBlob) => content.descriptor;

/** Two copies to one place, which has nothing and takes all but one blob. */
function openTwo() {
  const sink = {
    has: () => Promise.resolve(false),
    put: (blob: ImageBlob) => blob === bad ? Promise.reject(new Error("full")) : Promise.resolve(),
  } as unknown as Sink;
  const blobs = createDestinationBlobs({});
  const place = { scheme: "oci-dir", location: "x", text: "oci-dir:x" };
  const open = () => blobs.wrapSink(sink, place, (work) => work());
  return [open(), open()] as const;
}

it("are brought by one copy, and are there for the other", async () => {
  const [one, other] = openTwo();
  expect(await one.has(descriptorOf(first))).toBe(false);
  const waiting = other.has(descriptorOf(first));
  await one.put(first);
  expect(await waiting).toBe(true);
});

it("are looked for once they show, where that is later than they are put", async () => {
  const big = layer("x".repeat(300_000));
  const shows = Promise.withResolvers<void>();
  let isShown = false;
  const sink = {
    has: () => Promise.resolve(isShown),
    put: () => Promise.resolve(),
    settle: () => shows.promise,
  } as unknown as Sink;
  const blobs = createDestinationBlobs({});
  const open = (name: string) => {
    const location = `x:${name}`; // a layout, in which each has its own name
    const place = { scheme: "oci-dir", location, text: `oci-dir:${location}` };
    return blobs.wrapSink(sink, place, (work) => work());
  };
  const [one, other] = [open("one"), open("other")];
  expect(await one.has(descriptorOf(big))).toBe(false);
  const [putting, waiting] = [one.put(big), other.has(descriptorOf(big))];
  setImmediate(() => {
    isShown = true;
    shows.resolve();
  });
  await putting;
  expect(await waiting).toBe(true);
});

it("are brought by the other copy where one ends without them", async () => {
  const [one, other] = openTwo();
  expect(await one.has(descriptorOf(first))).toBe(false);
  const waiting = other.has(descriptorOf(first));
  one.letGo();
  expect(await waiting).toBe(false);
});

it("keep no two copies waiting for each other where one has failed", async () => {
  const [one, other] = openTwo();
  await one.has(descriptorOf(first));
  await other.has(descriptorOf(second));
  const [theirs, ours] = [one.has(descriptorOf(second)), other.has(descriptorOf(first))];
  await expect(one.put(bad)).rejects.toThrow("full");
  await expect(theirs).rejects.toThrow("full");
  expect(await ours).toBe(false);
});

it("are not waited for by a copy that is broken off", async () => {
  const [one, other] = openTwo();
  await one.has(descriptorOf(first));
  const waiting = other.has(descriptorOf(first));
  other.letGo(new Error("broken off"));
  await expect(waiting).rejects.toThrow("broken off");
});
