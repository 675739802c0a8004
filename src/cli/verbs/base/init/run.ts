/** The work of `nixoci base init`. */
import { dirname, isAbsolute, normalize, relative } from "node:path";
import { codeOf, NixociError, wrapError } from "../../../../base/errors.ts";
import { writeAtomicFile } from "../../../../bytes/disk/atomic.ts";
import { makeFolder } from "../../../../bytes/disk/folder.ts";
import { makeSchedule, type ScheduleService } from "../../../../channels/schedule/schedule.ts";
import type { ScheduledJob } from "../../../../channels/schedule/options.ts";
import { type Channel, readChannelConfig } from "../../../../channels/update/config.ts";

/** The words of the verb. */
export interface InitWords {
  readonly config: string;
  readonly output: string | undefined;
  readonly registry: string | undefined;
  readonly runner: string | undefined;
}

/** Makes the file, and writes it where it is to be written. */
export async function writeSchedule(
  service: ScheduleService,
  { config, output, registry: asked, runner }: InitWords,
): Promise<ScheduledJob> {
  const { channels } = await readChannelConfig(config);
  const registry = asked ?? findRegistry(channels.map(({ image }) => hostOf(image)));
  const isInClone = service !== "kubernetes";
  const specs = listSpecs(channels);
  if (!isInClone) checkSpecs(specs, config);
  const place = isInClone ? findPlace(config) : config;
  const schedule = makeSchedule(service, { config: place, specs, registry, runner });
  if (output !== undefined) await writeNew(output, schedule.text);
  return schedule;
}

/** Lists the files of SPECs that channels have, and that lie beside the channels. */
function listSpecs(channels: readonly Channel[]): string[] {
  const files = channels.flatMap(({ spec }) => typeof spec === "string" ? [spec] : [])
    .filter((file) => !isAbsolute(file) && !file.includes("{"));
  return [...new Set(files.map((file) => normalize(file)))];
}

function checkSpecs(specs: readonly string[], config: string): void {
  const above = specs.find((file) => file.startsWith("../"));
  if (above === undefined) return;
  throw new NixociError("USAGE", `${above} is not below the folder of ${config}`, {
    hint: "put it beside the channels: a ConfigMap has one folder",
  });
}

/** Returns the place of the file in the repository, whose top is this folder. */
function findPlace(config: string): string {
  const place = relative(".", config);
  if (!/^(\.\.)?\//.test(place)) return place;
  throw new NixociError("USAGE", `${config} is not below this folder, and jobs run in a clone`, {
    hint: "go to the top of the repository, and name it from there",
  });
}

function findRegistry(hosts: readonly string[]): string {
  const [first = "docker.io", ...others] = new Set(hosts);
  if (others.length === 0) return first;
  throw new NixociError("USAGE", `The channels' images go to ${[first, ...others].join(" and ")}`, {
    hint: `name the one to log in to: --registry ${first}`,
  });
}

/** Returns the host of a reference, as people log in there. */
function hostOf(image: string): string {
  const [, host] = /^(?:registry:|docker:\/\/)?([^/\s]+[.:][^/\s]*)\//.exec(image) ?? [];
  return host ?? "docker.io";
}

async function writeNew(file: string, text: string): Promise<void> {
  await makeFolder(dirname(file)).catch((error) => {
    throw wrapError(error, `Cannot write ${file}`);
  });
  await writeAtomicFile(file, text, { exclusive: true }).catch((error) => {
    if (codeOf(error) !== "EXISTS") throw error;
    throw new NixociError("EXISTS", `${file} is there already`, { hint: "move it away first" });
  });
}
