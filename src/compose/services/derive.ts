/** Derives what an image says of itself from its services. */
import type { OnNotice } from "../../base/notices.ts";
import { isObject } from "../../image/json.ts";
import { readRunConfig, type RunConfig, spellRunConfig } from "../../image/config/run-config.ts";
import type { PlanConfig } from "../../plan/mod.ts";
import type { MadeEntry } from "../../recipe/mod.ts";
import { type Accounts, findGroupAccount, findUserAccount } from "../../services/accounts/mod.ts";
import { INIT_FOLDER } from "../../services/init/make.ts";
import type { Service } from "../../services/service.ts";

/** A field that can be derived; volumes are only when they are asked for. */
export type DerivedField = "ports" | "healthcheck" | "user" | "labels" | "volumes";

/** The surroundings. */
export interface DeriveOptions {
  readonly accounts: Accounts;
  readonly derive: readonly DerivedField[];
  readonly onNotice?: OnNotice | undefined;
}

/** The label that names the services of an image. */
const SERVICES_LABEL = "io.nixoci.services";

/** Nanoseconds. */
const SECOND = 1_000_000_000;

/**
 * Derives ports, health check, user and labels; what the config says itself stays. Each is told.
 * @returns the config, and folders that a user who is not root could not make when it starts.
 */
export function deriveConfig(
  config: PlanConfig,
  services: readonly Service[],
  { accounts, derive, onNotice }: DeriveOptions,
): { readonly config: PlanConfig; readonly folders: readonly MadeEntry[] } {
  const run = config.config ?? {};
  const tell = (message: string) => onNotice?.({ code: "DERIVED", message });
  const user = derive.includes("user") ? deriveUser(run, services, accounts) : undefined;
  const ports = derive.includes("ports") ? derivePorts(run, services) : undefined;
  const check = derive.includes("healthcheck") && deriveCheck(run, services);
  const volumes = derive.includes("volumes") ? deriveVolumes(services) : [];
  if (user) tell(`its user is ${user.text}, as all its services have it`);
  if (ports) tell(`its ports are ${ports.join(", ")}, for which services are ready`);
  if (check) {
    tell(
      `its health check is ${HEALTHY}, which Docker runs; engines that pass the checks of OCI ` +
        `images over take it as --health-cmd ${HEALTHY}`,
    );
  }
  if (volumes.length > 0) tell(`its volumes are ${volumes.join(", ")}`);
  const { StopSignal: signal } = readRunConfig(run);
  if (signal !== undefined && !/^(SIG)?TERM$|^15$/.test(signal)) {
    tell(`its stop signal is SIGTERM and not ${signal}: services have their own (stopSignal)`);
  }
  return {
    config: {
      ...config,
      config: spellRunConfig({
        ...run,
        ...(user && { User: user.text }),
        ...(ports && { ExposedPorts: namesOf(ports) }),
        ...(check && { Healthcheck: check }),
        ...(volumes.length > 0 &&
          { Volumes: { ...objectOf(run["Volumes"]), ...namesOf(volumes) } }),
        ...(signal !== undefined && { StopSignal: "SIGTERM" }),
        ...(derive.includes("labels") && { Labels: deriveLabels(run, services) }),
      }, "config"),
    },
    folders: user ? makeFolders(services, user) : [],
  };
}

interface DerivedUser {
  readonly uid: number;
  readonly gid: number;
  readonly text: string;
}

/** Derives the user: the one that all services have, where none of them needs root. */
function deriveUser(
  run: RunConfig,
  services: readonly Service[],
  accounts: Accounts,
): DerivedUser | undefined {
  const [first] = services;
  if (readRunConfig(run).User || first?.user === undefined) return undefined;
  const isSame = services.every((one) =>
    one.user === first.user && one.group === first.group && !one.extraGroups?.length &&
    !isForRoot(one)
  );
  if (!isSame) return undefined;
  const account = findUserAccount(accounts, first.user);
  const uid = account?.uid ?? (/^\d+$/.test(first.user) ? Number(first.user) : undefined);
  const group = first.group === undefined ? undefined : findGroupAccount(accounts, first.group);
  const gid = first.group === undefined ? account?.gid ?? uid : group?.gid ?? Number(first.group);
  if (!uid || gid === undefined || Number.isNaN(gid)) return undefined;
  const others = accounts.groups.some(({ members }) => members.includes(account?.name ?? ""));
  // Engines give a user whom a group is named with none of its other groups.
  return others ? undefined : { uid, gid, text: `${uid}:${gid}` };
}

/** Tells whether only root can start a service as it is. */
function isForRoot({ before = [], afterStart = [], stop = [], nice = 0, limits = {} }: Service) {
  return [...before, ...afterStart, ...stop].some(({ privileged }) => privileged) || nice < 0 ||
    Object.keys(limits).length > 0;
}

function derivePorts(run: RunConfig, services: readonly Service[]): string[] | undefined {
  if (readRunConfig(run).ExposedPorts !== undefined) return undefined;
  const ports = services.flatMap(({ readiness }) =>
    readiness?.kind === "tcp" ? [readiness.port] : []
  );
  const unique = [...new Set(ports)].sort((a, b) => a - b).map((port) => `${port}/tcp`);
  return unique.length > 0 ? unique : undefined;
}

const HEALTHY = `${INIT_FOLDER}/healthy`;

function deriveCheck(run: RunConfig, services: readonly Service[]): object | undefined {
  const hasReadiness = services.some(({ readiness }) => readiness !== undefined);
  if (!hasReadiness || readRunConfig(run).Healthcheck !== undefined) return undefined;
  return { Test: ["CMD", HEALTHY], Interval: 30 * SECOND, Timeout: 10 * SECOND, Retries: 3 };
}

function deriveLabels(run: RunConfig, services: readonly Service[]): Record<string, string> {
  const names = services.map(({ name }) => name).join(" ");
  return { [SERVICES_LABEL]: names, ...readRunConfig(run).Labels };
}

function deriveVolumes(services: readonly Service[]): string[] {
  return services.flatMap(({ folders = [] }) => folders)
    .filter(({ kind }) => kind === "state" || kind === "cache" || kind === "logs")
    .map(({ path }) => path);
}

function makeFolders(services: readonly Service[], { uid, gid }: DerivedUser): MadeEntry[] {
  const folders = new Map(
    services.flatMap(({ folders = [] }) => folders)
      .map(({ path, mode }) => [path, mode]),
  );
  return [...folders].map(([path, mode]) => ({ type: "directory", path, mode, uid, gid }));
}

function namesOf(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function objectOf(value: unknown): object {
  return isObject(value) ? value : {};
}
