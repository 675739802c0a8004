/** The preset of base images: what follows from packages, and what a SPEC says itself. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { completeBaseSpec } from "../../src/channels/image/preset.ts";
import { computeSpecHash } from "../../src/channels/image/spec-hash.ts";
import { checkSpec } from "../../src/compose/spec/read.ts";
import { temporaryFolder } from "../support/folder.ts";

const path = (letter: string, name: string) => `/nix/store/${letter.repeat(32)}-${name}`;
const [NIX, BASH, CACERT] = [path("a", "nix-2.36.0"), path("b", "bash-5.3"), path("c", "cacert")];
const [GLIBC, COREUTILS] = [path("d", "glibc-2.40"), path("1", "coreutils-9.7")];

/** A store with packages, as SPECs name it. */
async function makeStore(): Promise<string> {
  const folder = await temporaryFolder();
  const files = [
    `${NIX}/bin/nix`,
    `${NIX}/lib/ld-linux-x86-64.so.2`,
    `${BASH}/bin/bash`,
    `${COREUTILS}/bin/env`,
    `${CACERT}/etc/ssl/certs/ca-bundle.crt`,
    `${GLIBC}/lib/ld-linux-x86-64.so.2`,
  ];
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), "");
  }
  await symlink(`${BASH}/bin/bash`, join(folder, `${BASH}/bin/sh`));
  const all = [NIX, BASH, CACERT, COREUTILS, GLIBC];
  const references = (one: string) => one === BASH ? [GLIBC] : [];
  const graph = all.map((one) => ({ path: one, narSize: 1, references: references(one) }));
  await writeFile(join(folder, "graph.json"), JSON.stringify(graph));
  return folder;
}

const asked = {
  store: ".",
  closure: "graph.json",
  nix: { package: NIX },
  systemPackages: [BASH, COREUTILS, CACERT],
};

describe("the preset", () => {
  it("completes a SPEC from its packages", async () => {
    const spec = await completeBaseSpec(asked, await makeStore());
    expect(await checkSpec(spec, "spec")).toEqual(spec);
    expect(spec).toEqual({
      ...asked,
      name: "nixpkgs",
      nix: { enable: true, package: NIX, nrBuildUsers: 30, maxJobs: "auto" },
      etc: { "nsswitch.conf": { text: expect.stringContaining("hosts: files dns\n") } },
      helpers: {
        tmp: true,
        exportProfile: true,
        runProfile: true,
        usrBinEnv: `${COREUTILS}/bin/env`,
        caCertificates: `${CACERT}/etc/ssl/certs/ca-bundle.crt`,
        loader: `${GLIBC}/lib/ld-linux-x86-64.so.2`,
      },
      config: {
        Cmd: ["bash"],
        WorkingDir: "/root",
        Env: [
          "NIX_BUILD_SHELL=/run/profile/bin/bash",
          "PATH=/root/.nix-profile/bin:/nix/var/nix/profiles/default/bin:/run/profile/bin:/bin",
          "NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt",
          "SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt",
          "USER=root",
          "HOME=/root",
          "PAGER=cat",
        ],
        Labels: { NixHash: expect.stringMatching(/^[0-9a-df-np-sv-z]{32}$/) },
      },
    });
  });

  it("makes an account for a user who owns the store, by numbers", async () => {
    const spec = await completeBaseSpec(
      { ...asked, nix: { package: NIX, user: "alice" } },
      await makeStore(),
    );
    expect(spec.users).toEqual({ alice: { isNormalUser: true, uid: 1000 } });
    expect(spec.nix).toMatchObject({ user: "alice", nrBuildUsers: 0 });
    expect(spec.config).toMatchObject({ User: "1000:100", WorkingDir: "/home/alice" });
    expect(spec.config?.["Env"]).toContain("USER=alice");
  });

  it("leaves what a SPEC says as it is", async () => {
    const own = {
      ...asked,
      name: "own",
      nix: { package: NIX, user: "bob", nrBuildUsers: 2, maxJobs: 4 },
      users: { bob: { isNormalUser: true, uid: 5000 } },
      helpers: { loader: null, tmp: false },
      config: { Entrypoint: ["nix"], User: "bob", Env: ["PAGER=more"], Labels: { NixHash: "x" } },
    };
    const spec = await completeBaseSpec(own, await makeStore());
    expect(spec).toMatchObject({
      name: "own",
      nix: { nrBuildUsers: 2, maxJobs: 4 },
      users: own.users,
      helpers: { loader: null, tmp: false, usrBinEnv: `${COREUTILS}/bin/env` },
      config: { Entrypoint: ["nix"], User: "bob", Labels: { NixHash: "x" } },
    });
    expect(spec.config).not.toHaveProperty("Cmd");
    const pagers = (spec.config!["Env"] as string[]).filter((one) => one.startsWith("PAGER="));
    expect(pagers).toEqual(["PAGER=more"]);
  });

  it("needs a Nix", async () => {
    await expect(completeBaseSpec({ systemPackages: BASH }))
      .rejects.toThrow("nix.package: a base image needs a Nix");
  });

  it("labels how an image is made, not which nixpkgs is in it or what it is called", async () => {
    const spec = await completeBaseSpec(asked, await makeStore());
    const hash = computeSpecHash(spec);
    const others = { name: "x", tag: "y", nixpkgs: "z", store: "/s", closure: "c" };
    expect(computeSpecHash({ ...spec, ...others })).toBe(hash);
    expect(computeSpecHash({ ...spec, nixpkgs: { source: "z", names: ["source"] } })).not.toBe(
      hash,
    );
    expect(computeSpecHash({ ...spec, systemPackages: [BASH] })).not.toBe(hash);
    const { config, ...rest } = spec;
    expect(computeSpecHash({ config, ...rest })).toBe(hash);
  });
});
