/** The services, the units and the init that a SPEC asks for, before anything is looked up. */
import type { Notice } from "../../../base/notices.ts";
import { NixociError } from "../../../base/errors.ts";
import type { Service } from "../../../services/service.ts";
import { makeAbsolute } from "../../parts.ts";
import type { AskedUnit } from "../../services/read-units.ts";
import type { ServiceSpec } from "./fields.ts";
import { readService } from "./read.ts";

/** The fields of a SPEC that say it. */
export interface ServicesSpec {
  readonly services?: Readonly<Record<string, ServiceSpec>> | null | undefined;
  readonly units?: readonly AskedUnit["unit"][] | null | undefined;
  readonly strictUnits?: boolean | null | undefined;
  readonly init?: InitSpec | null | undefined;
}

/** The field `init`. */
export type InitSpec = string | {
  readonly program?: string | null | undefined;
  readonly packages?: string | readonly string[] | null | undefined;
  readonly stopTimeout?: number | null | undefined;
};

/** The services, units and init of a SPEC. */
export interface AskedServices {
  readonly services: readonly Service[];
  readonly units: readonly AskedUnit[];
  readonly strictUnits: boolean;
  /** `undefined` where the SPEC leaves it open. */
  readonly program: string | undefined;
  /** Absolute paths of store paths, and of folders whose files are at the root. */
  readonly packages: readonly string[];
  /** Milliseconds for the stop of all. */
  readonly stopTime: number | undefined;
  /** The notices of reading them. */
  readonly notices: readonly Notice[];
}

/**
 * Reads the fields.
 * @param others services that other fields of the SPEC bring.
 * @throws NixociError `USAGE`, with the field.
 */
export function readAskedServices(
  { services, units, strictUnits, init }: ServicesSpec,
  folder: string,
  others: readonly Service[] = [],
): AskedServices {
  const notices: Notice[] = [];
  const own = Object.entries(services ?? {}).filter(([, one]) => one.enable !== false)
    .map(([name, spec]) => readService(name, spec, (notice) => notices.push(notice)));
  const all = [...own, ...others];
  const asked = (units ?? []).map((unit, i) => ({ at: `units[${i}]`, unit }));
  const { program, packages, stopTimeout } = typeof init === "string"
    ? { program: init }
    : init ?? {};
  const [first] = [...all.map(({ origin }) => origin), ...asked.map(({ at }) => at)];
  if (first !== undefined && program === "none") throw noInitError(first);
  if (first === undefined && program === "s6") throw noServiceError();
  return {
    services: all,
    units: asked,
    strictUnits: strictUnits ?? false,
    program: program ?? undefined,
    packages: [packages ?? []].flat().map((path) => makeAbsolute(path, { at: "", folder })),
    stopTime: stopTimeout == null ? undefined : Math.round(stopTimeout * 1000),
    notices,
  };
}

function noServiceError(): NixociError {
  return new NixociError("USAGE", "init: there are no services that s6 could run", {
    hint: "name some in services or units, or leave init out",
  });
}

function noInitError(at: string): NixociError {
  return new NixociError("USAGE", `${at}: nothing runs it, for init is none`, {
    hint: "leave init out, which is s6 then, or leave the services out",
  });
}
