/** Blobs: pulled whole and in part, mounted, deleted. */
import { describe, expect, it } from "vitest";
import { BYTES, DIGEST, putBlob, servedFromMemory, verdictOf } from "./setup.ts";

const ABSENT = `sha256:${"0".repeat(64)}`;

describe("serveRegistry: blobs", () => {
  it("come whole, with what they are", async () => {
    const asked = await servedFromMemory();
    await putBlob(asked);
    const answer = await asked.ask("GET", `app/blobs/${DIGEST}`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-length": "10",
      "content-type": "application/octet-stream",
      "docker-content-digest": DIGEST,
      "accept-ranges": "bytes",
    });
    expect(await answer.text()).toBe("0123456789");
  });

  it("are told of without their bytes by HEAD", async () => {
    const asked = await servedFromMemory();
    await putBlob(asked);
    const answer = await asked.ask("HEAD", `app/blobs/${DIGEST}`);
    expect([answer.status, answer.headers.get("content-length")]).toEqual([200, "10"]);
    expect(await answer.text()).toBe("");
  });

  it("come in part", async () => {
    const asked = await servedFromMemory();
    await putBlob(asked);
    const get = (range: string) => asked.ask("GET", `app/blobs/${DIGEST}`, { headers: { range } });
    const part = await get("bytes=2-4");
    expect([part.status, part.headers.get("content-range"), await part.text()])
      .toEqual([206, "bytes 2-4/10", "234"]);
    expect(part.headers.get("content-length")).toBe("3");
    const beyond = await get("bytes=10-");
    expect(beyond.headers.get("content-range")).toBe("bytes */10");
    expect(await verdictOf(beyond)).toBe("416 RANGE_INVALID");
    expect((await get("bytes=0-1,3-4")).status).toBe(200);
  });

  it("that are not there are named in the error", async () => {
    const asked = await servedFromMemory();
    await putBlob(asked);
    for (const name of ["app", "nowhere"]) {
      const answer = await asked.ask("GET", `${name}/blobs/${ABSENT}`);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({
        errors: [{
          code: "BLOB_UNKNOWN",
          message: `there is no blob ${ABSENT}`,
          detail: { digest: ABSENT },
        }],
      });
    }
    expect((await asked.ask("HEAD", `app/blobs/${ABSENT}`)).status).toBe(404);
  });

  it("are mounted from another repository, or an upload begins", async () => {
    const asked = await servedFromMemory();
    await putBlob(asked, "base/image");
    const mount = (query: string) => asked.ask("POST", `app/blobs/uploads/?${query}`);
    const mounted = await mount(`mount=${DIGEST}&from=base/image`);
    expect([mounted.status, mounted.headers.get("location")])
      .toEqual([201, `/v2/app/blobs/${DIGEST}`]);
    expect(asked.storage.repository("app").blobs.get(DIGEST)).toEqual(BYTES);
    for (
      const query of [
        `mount=${ABSENT}&from=base/image`,
        `mount=${DIGEST}&from=nowhere`,
        `mount=${DIGEST}&from=../base`,
        `mount=${DIGEST}`,
        `mount=sha256:x&from=base/image`,
      ]
    ) {
      const begun = await mount(query);
      expect([begun.status, begun.headers.get("range")]).toEqual([202, "0-0"]);
    }
    expect([...asked.storage.repositories.keys()]).toEqual(["base/image", "app"]);
  });

  it("are deleted", async () => {
    const asked = await servedFromMemory();
    await putBlob(asked);
    const remove = async (name: string) =>
      await verdictOf(await asked.ask("DELETE", `${name}/blobs/${DIGEST}`));
    expect(await remove("app")).toBe("202");
    expect(await remove("app")).toBe("404 BLOB_UNKNOWN");
    expect(await remove("nowhere")).toBe("404 BLOB_UNKNOWN");
    expect(asked.storage.repositories.has("nowhere")).toBe(false);
  });
});
