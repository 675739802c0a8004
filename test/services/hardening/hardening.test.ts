/** Capabilities are Linux's, and what is written for Kubernetes is what its API has. */
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import * as z from "zod/mini";
import {
  CAPABILITY_NAME,
  LINUX_CAPABILITIES,
} from "../../../src/services/hardening/capabilities.ts";
import { describeHardening, HARDENING_PARTS } from "../../../src/services/hardening/hardening.ts";
import type { Service, ServiceFolder } from "../../../src/services/service.ts";

const HEADER = "/usr/include/linux/capability.h";

it.skipIf(!existsSync(HEADER))("the capabilities are those of the kernel's header", () => {
  const known = readFileSync(HEADER, "utf8").matchAll(/^#define CAP_([A-Z_]+)\s+(\d+)$/gm);
  // An older header lacks the newest.
  for (const [, name, number] of known) expect(LINUX_CAPABILITIES[Number(number)]).toBe(name);
});

it("a capability has its name in any case, with CAP_ and without", () => {
  const right = ["NET_ADMIN", "CAP_NET_ADMIN", "cap_bpf", "Chown"];
  const wrong = ["ALL", "NET_ADMINS", "XNET_ADMIN", "CAP_", "CAP_CAP_KILL", "NET-ADMIN", ""];
  expect([...right, ...wrong].filter((word) => CAPABILITY_NAME.test(word))).toEqual(right);
});

// The types of core/v1, without the fields that nobody here writes: a field that is not of these
// is refused by an API server that validates strictly.
const number = z.int().check(z.minimum(0));
const label = z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/));
const POD = z.strictObject({
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.optional(z.boolean()),
    capabilities: z.optional(z.strictObject({
      add: z.optional(z.array(z.enum(LINUX_CAPABILITIES as [string]))),
      drop: z.optional(z.array(z.enum([...LINUX_CAPABILITIES, "ALL"]))),
    })),
    privileged: z.optional(z.boolean()),
    readOnlyRootFilesystem: z.optional(z.boolean()),
    runAsGroup: z.optional(number),
    runAsNonRoot: z.optional(z.boolean()),
    runAsUser: z.optional(number),
    seccompProfile: z.optional(z.strictObject({
      type: z.enum(["Localhost", "RuntimeDefault", "Unconfined"]),
      localhostProfile: z.optional(z.string()),
    })),
  }),
  volumeMounts: z.optional(z.array(z.strictObject({ name: label, mountPath: z.string() }))),
  volumes: z.optional(z.array(z.strictObject({ name: label, emptyDir: z.strictObject({}) }))),
});

const state = (path: string): ServiceFolder => ({ kind: "state", path, mode: 0o755 });
const PATHS = ["/var/lib/a.b", "/var/lib/a-b", "/var/lib/_", `/var/lib/${"x".repeat(80)}`, "/é"];
const SERVICES = [{ name: "app", user: "app", nice: -5, folders: PATHS.map(state) }];

it.each([
  ...HARDENING_PARTS.map((part) => [part]),
  HARDENING_PARTS,
])("fields for Kubernetes are those of its API: %s", async (...parts) => {
  for (const user of [undefined, { uid: 1000, gid: 1000 }]) {
    const { files } = await describeHardening({
      parts,
      user,
      services: SERVICES as unknown as Service[],
      ports: [80],
      capabilities: ["cap_net_admin"],
      architecture: "amd64",
    });
    const { volumes = [], volumeMounts = [] } = POD.parse(parse(files["kubernetes.yaml"]!));
    const names = volumes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(volumeMounts.map(({ name }) => name)).toEqual(names);
    const places = parts.includes("read-only") ? ["/run", "/tmp", ...PATHS] : [];
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual(places);
  }
});
