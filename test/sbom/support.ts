/** Images with packages, for the tests of bills of materials. */
import type { Inventory } from "../../src/sbom/types.ts";
import { parseMeta } from "../../src/sbom/meta.ts";
import { readInventory } from "../../src/sbom/inventory.ts";
import { stack } from "../flatten/support/stack.ts";

export const [APP, LIB] = [["a", "app-1.0"], ["b", "lib-2.0-dev"]]
  .map(([hash, name]) => `/nix/store/${hash!.repeat(32)}-${name}`) as [string, string];

const STATUS = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u4
Depends: libgcc-s1, libcrypt1 (>= 1:4)

Package: libgcc-s1
Status: install ok installed
Architecture: amd64
Version: 12.2.0-14
Depends: libc6 (>= 2.35) | musl

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
`;

const INSTALLED = `P:musl
V:1.2.5-r0
A:x86_64

P:busybox
V:1.36.1-r29
A:x86_64
D:so:libc.musl-x86_64.so.1 musl>=1.2 !none
`;

export const META = {
  app: {
    name: "app-1.0",
    meta: {
      license: { spdxId: "MIT" },
      identifiers: { cpe: "cpe:2.3:a:us:app:1.0:*:*:*:*:*:*:*" },
      homepage: "https://example.com/",
      description: "<script>alert(1)</script>",
    },
  },
  [LIB]: {
    license: [{ spdxId: "MIT" }, { fullName: "Unfree", shortName: "unfreeRedistributable" }],
  },
};

/** The inventory of an image with store paths, and of Debian's and Alpine's packages beside them. */
export async function mixedInventory(): Promise<Inventory> {
  const image = await stack([
    ["etc/os-release: ID=debian", { path: "var/lib/dpkg/status", text: STATUS }, {
      path: "var/lib/dpkg/status.d/tzdata",
      text: "Package: tzdata\nVersion: 2024a\nArchitecture: all\n",
    }],
    [{ path: "lib/apk/db/installed", text: INSTALLED }, "var/lib/rpm/rpmdb.sqlite: x"],
    [`${LIB.slice(1)}/lib.so: 1`, `${APP.slice(1)}/bin/app: needs ${LIB}`],
  ]);
  return await readInventory(image, { meta: parseMeta(JSON.stringify(META)) });
}
