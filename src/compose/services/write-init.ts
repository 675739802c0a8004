/** Writes the init of a SPEC to a folder of this machine, to run its services without a container. */
import { accessSync, constants, statSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { delimiter, resolve } from "node:path";
import type { Notice, OnNotice } from "../../base/notices.ts";
import { NixociError } from "../../base/errors.ts";
import { parseAccounts } from "../../services/accounts/mod.ts";
import { checkServices, type FoundProgram } from "../../services/check-services.ts";
import { findInitTools } from "../../services/init/find-tools.ts";
import { listLacking } from "../../services/init/lacking.ts";
import { makeInit } from "../../services/init/make.ts";
import type { RunsOn } from "../../services/init/tools.ts";
import { writeInitTree } from "../../services/init/write.ts";
import type { Service } from "../../services/service.ts";
import { createDiskTree } from "../../services/units/disk-tree.ts";
import { type AskedServices, readAskedServices } from "../features/services/asked.ts";
import type { Spec } from "../spec/spec.ts";
import { checkReach } from "./check-reach.ts";
import { replaceUsers } from "./replace-users.ts";
import { dropAbsent, readUnits } from "./read-units.ts";

const RUNS_ON: RunsOn = "this machine";

/** Options for writing an init. */
export interface WriteInitOptions {
  /** The folder that the SPEC's relative paths are below. */
  readonly folder?: string;
  readonly onNotice?: OnNotice | undefined;
}

/**
 * Writes the tree that an image of the SPEC would have, for this machine's programs and users:
 * `OUT/init STATE-DIR` runs the services.
 * @returns the names of the services, in the order of their start.
 * @throws NixociError `USAGE` for a SPEC without services, `NOT_FOUND` for programs and users that are
 * not here, `EXISTS` where `out` is there.
 */
export async function writeInit(
  spec: Spec,
  out: string,
  { folder = process.cwd(), onNotice }: WriteInitOptions = {},
): Promise<string[]> {
  const asked = readAskedServices(spec, folder);
  if (asked.services.length + asked.units.length === 0) {
    throw new NixociError("USAGE", "The SPEC has no services", {
      hint: "name some in services or units",
    });
  }
  for (const notice of [...asked.notices, ...listUnused(spec)]) onNotice?.(notice);
  const files = {
    passwd: await readFile("/etc/passwd", "utf8"),
    group: await readFile("/etc/group", "utf8"),
  };
  const services = replaceUsers(await readServices(asked, folder, onNotice), files, onNotice);
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((one) => one.startsWith("/"));
  const accounts = parseAccounts(files);
  const machine = { runsOn: RUNS_ON, findProgram, kindOf, accounts, path, mounts: [] };
  await checkServices(services, machine);
  const root = resolve(out);
  checkReach(services, root, accounts);
  const places = [...asked.packages.map((one) => `${one}/bin`), ...path];
  const tools = findInitTools(places, isProgram, RUNS_ON);
  for (const notice of listLacking(services, tools, RUNS_ON)) onNotice?.(notice);
  const init = makeInit(services, {
    tools,
    folder: root,
    ...(asked.stopTime !== undefined && { stopTime: asked.stopTime }),
  });
  for (const notice of init.notices) onNotice?.(notice);
  await writeInitTree([...init.programs, ...init.services], root);
  return init.ordered.map(({ service }) => service.name);
}

/** The fields that count outside an image, and those that only name it. */
const USED = ["$schema", "services", "units", "strictUnits", "init", "name", "tag", "style"];

/** Says in a line which fields of the SPEC are an image's alone. */
function listUnused(spec: Spec): Notice[] {
  const names = Object.entries(spec).filter(([name, value]) =>
    value != null && !USED.includes(name)
  )
    .map(([name]) => name);
  if (names.length === 0) return [];
  const message = `${names.join(", ")}: not applied, for the init runs on this machine, with its ` +
    "files and users";
  return [{ code: "SERVICE", message }];
}

async function readServices(
  { services, units, strictUnits: strict }: AskedServices,
  folder: string,
  onNotice: OnNotice | undefined,
): Promise<Service[]> {
  const tree = createDiskTree("/");
  const options = { folder, tree, strict, onNotice, architecture: undefined };
  const ofUnits = await readUnits(units, options);
  return dropAbsent([...services, ...ofUnits], (one) => ofUnits.includes(one), onNotice);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function kindOf(path: string): "folder" | "file" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

function findProgram(path: string): FoundProgram | undefined {
  if (!isProgram(path)) return undefined;
  return {
    async begins() {
      const file = await open(path);
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
        return buffer.toString("latin1", 0, bytesRead);
      } finally {
        await file.close();
      }
    },
  };
}
