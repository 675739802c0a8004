/** Images of modules: evaluated, built, and run with the services that they have. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { attempt, run } from "../support/command.ts";
import { nixoci } from "../support/copying.ts";
import { lacks, need, peers } from "../support/peers.ts";
import { instantiate, NIXPKGS_LIB, readPlan, type Suite, WITH_LIB } from "./suite.ts";

/** Modules that are wrong, and what is said of them. */
const WRONG = [
  ["namespace", "there is no option imag.tag"],
  ["option", "there is no option image.tagg"],
  ["name", "image.name' is not of type"],
  ["slash", "image.tag' is not of type"],
  ["unknown", "services.nothing: no module of NixOS has that name; import"],
  ["twice", "services.twice: several modules of NixOS have that name, .*/twice.nix, .*default.nix"],
  ["ofModule", "NixOS's module has no option services.pages.prot"],
  ["assertion", "nixoci.makeImage: services.pages.port must be more than 0"],
  ["noNixos", "services.pages.enable, .*, is NixOS's, and these packages do not say where nixpkgs"],
] as const;

/** Whatever NixOS's module of the suite sets, and an image does not have. */
const TOLD = [
  "systemd.services.pages-clean runs at times",
  "services.pages: the port is a low one",
  "networking.firewall.allowedTCPPorts is set, and an image has no such thing",
  "services.logrotate.settings is set",
  "systemd.tmpfiles: L+ /var/lib/pages/link - - - - /etc is set",
];

/** Tests of `makeImage`. */
export function testModules(suite: () => Suite): void {
  test("name what is wrong in modules", async () => {
    await suite().fail(WRONG.map(([name, message]) => [`wrongModules.${name}`, message]));
  });

  test("say what services and units are in a SPEC", async () => {
    const spec = JSON.parse(await suite().evaluate("services"));
    expect(spec.services.web.execStart).toMatch(/bin\/hello$/);
    expect(spec.units.map(({ name }: { name: string }) => name)).toEqual(["app.service"]);
    expect(spec.units[0].text).toMatch(/^\[Unit\]\nAfter=a.service b.service\nDescription=App\n/);
    expect(spec.units[0].text).toContain(
      'Environment="X=a \\"b\\""\nExecStart=\nExecStart=/bin/app\nRestart=always\n',
    );
  });

  test("import NixOS's modules of services, and tell what an image does not have", async () => {
    const { root } = suite();
    const words = ["/repo/test/nix-functions/suite.nix", "-A", "wrongModules.imported.spec"];
    const { stdout, stderr } = await root.attempt(
      ["nix-instantiate", "--eval", "--strict", "--json", ...words],
    );
    for (const line of TOLD) expect(stderr.split(line).length, line).toBe(2);
    const spec = JSON.parse(JSON.parse(stdout.toString()));
    expect(Object.keys(spec.services)).toEqual(["mine"]);
    expect(spec.users).toEqual({ pages: { group: "pages", isSystemUser: true, uid: 61 } });
    expect(spec.units.map(({ name }: { name: string }) => name))
      .toEqual(["pages.service", "systemd-tmpfiles-setup.service"]);
    expect(spec.units[0].text).toMatch(/bin\/hello "a b"\n(.*\n)*User=pages\n/);
    const mine = JSON.parse(await suite().evaluate("wrongModules.mine.spec"));
    expect([Object.keys(mine.services), mine.units]).toEqual([["pages"], undefined]);
  });

  test("make images of modules", async () => {
    const { root } = suite();
    const [path] = await suite().build("modules.plan");
    expect((await readPlan(path!))["image-config"]).toMatchObject({
      Env: ["A=b c"],
      ExposedPorts: { "80/tcp": {} },
    });
    const copied = `oci-dir:${join(root.folder, "build/modules")}:m`;
    await nixoci(["copy", "--store", root.folder, `nix:${path}`, copied]);
    const files = (await nixoci(["ls", copied])).stdout.toString();
    for (const file of ["bin/bash", "etc/motd", "etc/passwd", "made"]) {
      expect(files).toContain(file);
    }
  });

  test.skipIf(lacks("s6", "patchelf", "docker"))("run services, units and NixOS's", async () => {
    const docker = ["docker", "--host", need(peers.engines.docker, "Docker")];
    const images = ["ofContainerImages.systemd", "ofContainerImages.module"];
    const [archive, pages, init] = await suite().build(...images, "ofContainerImages.systemd.init");
    await run([...docker, "load", "-i", archive!]);
    await run([...docker, "load", "-i", pages!]);
    const start = [...docker, "run", "--rm", "--network", "none"];
    const { status, stdout } = await attempt([...start, "systemd:1"]);
    expect(status).toBe(7);
    expect(stdout.toString()).toContain("init: last: it ended with status 7\n");
    expect(stdout.toString().split("\n").filter((line) => /first|order|Hello/.test(line)))
      .toEqual(["order 1", "first of all", "order 2", "Hello, world!"]);
    expect(stdout.toString()).toMatch(/execStart\n/);
    expect(stdout.toString()).toMatch(/before\n(.*\n)*after\n/);
    expect(stdout.toString()).toContain('script says a "b"\n');
    const { stdout: served } = await attempt([...start, "pages:1"]);
    expect(served.toString()).toMatch(
      /^the pages are prepared\n\/var\/lib\/pages 711 pages root\n.*cache 750 pages pages\nHello, world!\n/,
    );
    // The same without a container, by the init alone.
    const beside = await suite().root.attempt([
      init!.slice(suite().root.folder.length),
      "/build/s",
    ]);
    expect(beside.status).toBe(7);
    expect(beside.stdout.toString()).toMatch(/order 1\n(.*\n)*order 2\n(.*\n)*Hello, world!\n/);
  });

  test.skipIf(NIXPKGS_LIB === undefined)(
    "are what nixpkgs' lib makes of them (NIXPKGS_LIB)",
    async () => {
      const all = ["examples", "ofDockerTools", "ofNix2container", "ofContainerImages", "modules"];
      expect(await instantiate(suite(), all, ...WITH_LIB)).toBe(await instantiate(suite(), all));
    },
  );
}
