/** Units by name, in a tree: aliases, masks, templates, links of folders. */
import { describe, expect, it } from "vitest";
import { findUnit } from "../../../src/services/units/find-unit.ts";
import { keepKnownNames } from "../../../src/services/units/keep-known.ts";
import type { UnitNode, UnitTree } from "../../../src/services/units/unit-tree.ts";
import { serviceFrom } from "../../support/units.ts";

/** A tree of texts and links (`-> target`), by their paths. */
function treeOf(files: Readonly<Record<string, string>>): UnitTree {
  const nodeOf = (path: string): UnitNode | undefined => {
    const text = files[path];
    if (text?.startsWith("-> ")) return { kind: "link", target: text.slice(3) };
    if (text !== undefined) return { kind: "file", read: () => Promise.resolve(text) };
    const below = path === "/" ? "/" : `${path}/`;
    const names = Object.keys(files).filter((name) => name.startsWith(below))
      .map((name) => name.slice(below.length).split("/")[0]!);
    return names.length > 0 ? { kind: "folder", names: [...new Set(names)] } : undefined;
  };
  return { look: (path) => Promise.resolve(nodeOf(path)) };
}

const IMAGE = treeOf({
  "/lib": "-> usr/lib",
  "/usr/lib/systemd/system/ssh.service": "ssh",
  "/usr/lib/systemd/system/db@.service": "db",
  "/usr/lib/systemd/system/off.service": "off",
  "/usr/lib/systemd/system/main@.service": "main",
  "/usr/lib/systemd/system/ssh.service.d/b.conf": "b",
  "/usr/lib/systemd/system/ssh.service.d/c.conf": "c",
  "/etc/systemd/system/sshd.service": "-> /lib/systemd/system/ssh.service",
  "/etc/systemd/system/old@.service": "-> main@.service",
  "/etc/systemd/system/off.service": "-> /dev/null",
  "/etc/systemd/system/empty.service": "",
  "/etc/systemd/system/mine.service": "-> /opt/mine/mine.service",
  "/opt/mine/mine.service": "mine",
  "/etc/systemd/system/up.service": "-> /opt/there/../up.service",
  "/opt/there": "-> /srv/deep/below",
  "/srv/deep/below/x": "",
  "/srv/deep/up.service": "up",
  "/opt/up.service": "the wrong one",
  "/etc/systemd/system/back.service": "-> ../../../../../etc/systemd/system/mine.service",
  "/etc/systemd/system/through.service": "-> /opt/mine/mine.service/../through.service",
  "/opt/mine/through.service": "below a file",
  "/etc/systemd/system/a.service": "-> b.service",
  "/etc/systemd/system/b.service": "-> a.service",
  "/etc/systemd/system/sshd.service.d/a.conf": "a",
  "/etc/systemd/system/ssh.service.d/c.conf": "-> /dev/null",
});

describe("a unit", () => {
  it.each([
    ["ssh.service", "/usr/lib/systemd/system/ssh.service", ["b"], undefined],
    ["sshd.service", "/usr/lib/systemd/system/ssh.service", ["a", "b"], ["sshd.service"]],
    ["db@1.service", "/usr/lib/systemd/system/db@.service", [], undefined],
    ["old@1.service", "/usr/lib/systemd/system/main@.service", [], ["old@1.service"]],
    ["mine.service", "/opt/mine/mine.service", [], undefined],
    ["up.service", "/srv/deep/up.service", [], undefined],
    ["back.service", "/opt/mine/mine.service", [], ["back.service"]],
  ])("%s is found", async (name, path, dropIns, aliases) => {
    const unit = await findUnit(name, IMAGE);
    expect([unit.path, unit.dropIns?.map(({ text }) => text), unit.aliases])
      .toEqual([path, dropIns, aliases]);
  });

  it.each([
    ["off.service", "the unit off.service is masked by /etc/systemd/system/off.service"],
    ["empty.service", "the unit empty.service is masked by /etc/systemd/system/empty.service"],
    ["none.service", "there is no unit none.service"],
    ["through.service", "there is no unit through.service"],
    ["a.service", "there is no unit a.service, which is b.service"],
    ["none", '"none" is not the name of a systemd unit'],
  ])("%s is refused", async (name, message) => {
    await expect(findUnit(name, IMAGE)).rejects.toThrow(message);
  });
});

it("names of services that are not in the image are told, or problems", () => {
  const service = serviceFrom(
    "[Unit]\nAfter=b.service c.service\nWants=c.service\nRequires=d.service\n",
  );
  const { services: [related], notes, problems } = keepKnownNames([service], new Set(["a", "b"]));
  expect([related?.after, related?.wants, related?.requires]).toEqual([["b"], [], []]);
  expect(notes).toEqual(["/u/a.service: it wants c, which is not in the image"]);
  expect(problems).toEqual(["/u/a.service: it requires d, which is not in the image"]);
});
