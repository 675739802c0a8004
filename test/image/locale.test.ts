/** A program has its own language for zod's messages: it keeps it, and ours stay English. */
import { expect, it } from "vitest";
import * as z from "zod/mini";

z.config(z.locales.de());

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const english = "Invalid input: expected string, received number";
const german = () => z.string().safeParse(3).error?.issues[0]?.message;

it("keeps the program's language for zod, and speaks English itself", async () => {
  const before = german();
  expect(before).toContain("Ungültige Eingabe");
  const { build, checkSpec, contentOf, lock, MEDIA_TYPES, readPlan, readRoot } = await import(
    "../../src/mod.ts"
  );
  const image = { repository: 3, tag: "1", platforms: { "linux/amd64": 1 } };
  const lockfile = bytes({ version: 1, images: { a: image } });
  expect(() => lock.parseLock(lockfile, "a.lock")).toThrow("Invalid input: expected object");
  const plan = bytes({ version: 1, layers: [], arch: 3 });
  await expect(readPlan(plan, "image.json")).rejects.toThrow(`arch: ${english}`);
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests: 3 };
  const manifest = contentOf(MEDIA_TYPES.oci.index, bytes(index));
  await expect(readRoot(manifest, () => manifest)).rejects.toThrow(
    "expected array, received number",
  );
  await expect(checkSpec({ layeringPipeline: [["reverse"], 3] }, "app.json").then(build))
    .rejects.toThrow(/^layeringPipeline\[1\]/);
  await expect(checkSpec({ annotations: { a: 3 } }, "app.json")).rejects.toThrow(
    "annotations.a: must be a string",
  );
  expect(german()).toBe(before);
});
