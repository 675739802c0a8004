/** The work of `nixoci base init`. */
import { writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { isSystemError, NixociError, wrapError } from "../../../../base/errors.ts";
import { makeFolder } from "../../../../bytes/disk/folder.ts";
import { formatSchedule, type ScheduleService } from "../../../../channels/schedule/schedule.ts";
import { readChannelConfig } from "../../../../channels/update/config.ts";

/** The words of the verb. */
export interface InitWords {
  readonly config: string;
  readonly output: string | undefined;
  readonly registry: string | undefined;
  readonly runner: string;
}

/** Makes the file, and writes it where it is to be written. */
export async function makeSchedule(
  service: ScheduleService,
  { config, output, registry: asked, runner }: InitWords,
): Promise<{ readonly service: string; readonly text: string }> {
  const { channels } = await readChannelConfig(config);
  const registry = asked ?? findRegistry(channels.map(({ image }) => hostOf(image)));
  const place = service === "kubernetes" ? config : findPlace(config);
  const text = formatSchedule(service, { config: place, registry, runner });
  if (output !== undefined) await writeNew(output, text);
  return { service, text };
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
  try {
    await makeFolder(dirname(file));
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw wrapError(error, `Cannot write ${file}`);
    throw new NixociError("EXISTS", `${file} is there already`, { hint: "move it away first" });
  }
}
