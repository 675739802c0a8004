/** Registries that limit how often they may be asked. */
import { describe, expect, it } from "vitest";
import { contentOf } from "../../../src/image/content.ts";
import { type Fault, startRegistry } from "../../support/registry-server.ts";
import { seedImage, sinkAt, sourceAt, testWorld } from "./setup.ts";

/** A registry that answers 429 once, and a world in which pauses last until they are ended. */
async function limited(answer: Fault["answer"] = { status: 429, headers: { "retry-after": "7" } }) {
  const registry = await startRegistry();
  await seedImage(registry, "app", "v1");
  const pauses: { readonly milliseconds: number; end(): void }[] = [];
  const world = await testWorld({
    sleep: (milliseconds, signal) =>
      new Promise((end, reject) => {
        pauses.push({ milliseconds, end });
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
  });
  const refuseOnce = (): void => {
    registry.onRequest = () => {
      registry.onRequest = undefined;
      return { answer };
    };
  };
  return { registry, world, pauses, refuseOnce };
}

describe("registry: 429", () => {
  it("lets everybody wait who asks that host", async () => {
    const { registry, world, pauses, refuseOnce } = await limited();
    const sink = await sinkAt(`${registry.host}/app:v2`, {}, world);
    const source = await sourceAt(`${registry.host}/app:v1`, {}, world);
    await source.resolve();
    refuseOnce();
    const blobs = ["a", "b", "c"].map((text) => contentOf("a/b", Buffer.from(text)));
    const first = sink.put({ kind: "blob", content: blobs[0]! });
    await expect.poll(() => pauses.map((one) => one.milliseconds)).toEqual([7000]);
    const asked = registry.log.length;
    const others = [
      sink.put({ kind: "blob", content: blobs[1]! }),
      sink.put({ kind: "blob", content: blobs[2]! }),
      source.resolve(),
    ];
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(registry.log).toHaveLength(asked);
    pauses[0]!.end();
    await Promise.all([first, ...others]);
    expect(pauses).toHaveLength(1);
  });

  it("lets nobody wait for another host, nor for what concerns one request", async () => {
    const { registry, world, pauses, refuseOnce } = await limited();
    const other = await startRegistry();
    await seedImage(other, "app", "v1");
    refuseOnce();
    const source = await sourceAt(`${registry.host}/app:v1`, {}, world);
    const waiting = source.resolve();
    await expect.poll(() => pauses).toHaveLength(1);
    await (await sourceAt(`${other.host}/app:v1`, {}, world)).resolve();
    pauses[0]!.end();
    await waiting;

    const failing = await limited({ status: 503 });
    const [one, two] = [1, 2].map(() =>
      sourceAt(`${failing.registry.host}/app:v1`, {}, failing.world)
    );
    await (await two)!.resolve();
    failing.refuseOnce();
    const again = (await one)!.resolve();
    await expect.poll(() => failing.pauses).toHaveLength(1);
    await (await two)!.resolve();
    failing.pauses[0]!.end();
    await again;
  });

  it("can be broken off by each of those who wait, and the others go on", async () => {
    const { registry, world, pauses, refuseOnce } = await limited();
    const [mine, yours] = [new AbortController(), new AbortController()];
    const open = (signal: AbortSignal) => sourceAt(`${registry.host}/app:v1`, { signal }, world);
    const [first, second] = [await open(mine.signal), await open(yours.signal)];
    const third = await open(new AbortController().signal);
    refuseOnce();
    const asking = first.resolve();
    await expect.poll(() => pauses).toHaveLength(1);
    const [waiting, patient] = [second.resolve(), third.resolve()];
    yours.abort(new Error("enough of it"));
    await expect(waiting).rejects.toThrow("enough of it");
    mine.abort(new Error("enough for all"));
    await expect(asking).rejects.toThrow("enough for all");
    await patient;
  });
});
