/** The settings of a unit while its assignments are read, one after the other. */
import type { Command, Service } from "../service.ts";

type Mutable<T> = { -readonly [K in keyof T]?: T[K] };

/** The types of `Type=`. */
export const UNIT_TYPES = [
  ...["simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"] as const,
] as const;

/** A type of `Type=`. */
export type UnitType = (typeof UNIT_TYPES)[number];

/** The folders of `RuntimeDirectory=` and its kin. */
export type FolderKind = "runtime" | "state" | "cache" | "logs" | "configuration";

/** The settings that only together make fields of a service. */
export interface UnitDraft {
  /** Reasons why it can never be a service. */
  readonly problems: string[];
  /** Fields of the service that an assignment sets by itself. */
  readonly fields: Mutable<Service>;
  /** The commands of `ExecStart=`, each with the place of its line. */
  start: { readonly command: Command; readonly at: string }[];
  type?: UnitType | undefined;
  /** `User=` is for `ExecStart=` alone. */
  onlyStartIsUsers?: boolean | undefined;
  busName?: string | undefined;
  pidFile?: string | undefined;
  notifyAccess?: "none" | "main" | "exec" | "all" | undefined;
  /** In milliseconds. */
  startTimeout?: number | undefined;
  restart: Mutable<NonNullable<Service["restart"]>>;
  burst: { starts?: number | undefined; within?: number | undefined };
  folders: { kind: FolderKind; path: string }[];
  readonly folderModes: Partial<Record<FolderKind, number>>;
  keepsRuntime: boolean;
  environment: Map<string, string>;
  limits: Map<string, NonNullable<Service["limits"]>[string]>;
}

/** Makes the settings of a unit that says nothing. */
export function createUnitDraft(): UnitDraft {
  return {
    problems: [],
    fields: {},
    start: [],
    restart: {},
    burst: {},
    folders: [],
    folderModes: {},
    keepsRuntime: false,
    environment: new Map(),
    limits: new Map(),
  };
}
