/** What stands on the wire before, after and instead of a registry's answers. */
import { describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { image, sourceOf } from "../../support/images.ts";
import { startRegistry } from "../../support/registry-server.ts";
import { startHastyServer } from "../../support/registry/tcp-server.ts";
import { resolveImage, sinkAt, testWorld } from "./setup.ts";

describe("registry: answers before the answer", () => {
  it.each(["100 Continue", "102 Processing", "103 Early Hints"])(
    "%s is skipped",
    async (status) => {
      const registry = await startRegistry({ without: ["monolithic"] });
      const port = Number(registry.host.split(":")[1]);
      const { host } = await startHastyServer(port, `HTTP/1.1 ${status}\r\n\r\n`);
      const put = await image();
      const world = await testWorld();
      await copy(sourceOf({ it: put }), await sinkAt(`${host}/app:v1`, {}, world));
      expect(world.pauses).toEqual([]);
      expect(new Set(registry.log.map(({ method }) => method)))
        .toEqual(new Set(["HEAD", "POST", "PATCH", "PUT", "DELETE"]));
      const got = await resolveImage(`${host}/app:v1`);
      expect(got.manifest.descriptor).toEqual(put.manifest.descriptor);
      await got.layers[0]!.open()[Symbol.asyncIterator]().next();
    },
  );
});
