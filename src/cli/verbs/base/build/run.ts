/** The work of `nixoci base`. */
import { NixociError } from "../../../../base/errors.ts";
import { completeBaseSpec } from "../../../../channels/image/preset.ts";
import { sourceOf } from "../../../../compose/source.ts";
import { readSpecWith, type SpecFlagValues } from "../../../../compose/spec/flags.ts";
import { checkSpec, type SpecInFolder } from "../../../../compose/spec/read.ts";
import type { Spec } from "../../../../compose/spec/spec.ts";
import { readRunConfig } from "../../../../image/config/run-config.ts";
import type { OpenSource } from "../../../delivery/copy.ts";
import type { DeliveryFlags } from "../../../delivery/flags.ts";
import { deliver } from "../../../delivery/mod.ts";
import type { GlobalFlags } from "../../../kit/command.ts";
import type { Io } from "../../../kit/io.ts";
import { buildImage } from "../../../spec/image.ts";

/** Flags of the preset's own. */
interface OwnFlags {
  readonly nix?: string | undefined;
  readonly tool?: readonly string[] | undefined;
  readonly "nix-user"?: string | undefined;
}

/** The flags of `base` that concern the image. */
export type BaseFlags = OwnFlags & SpecFlagValues & DeliveryFlags & GlobalFlags;

/** Builds the image where it goes. */
export async function buildBaseTo(
  destination: string,
  file: string | undefined,
  flags: BaseFlags,
  io: Io,
): Promise<void> {
  const asked = await readBaseSpec(file, flags, io);
  noteCertificates(asked.spec, io);
  const { platform: _ofSpec, ...delivery } = flags;
  const open: OpenSource = async (options, into) =>
    sourceOf(await buildImage(asked, options, { into }));
  await deliver(open, destination, { ...delivery, all: true }, io);
}

/** Says that there are none: the image works, until somebody fetches something in it. */
function noteCertificates({ helpers, config }: Spec, io: Io): void {
  const { Env = [] } = readRunConfig(config ?? {});
  const isSaid = Env.some((one) => one.startsWith("NIX_SSL_CERT_FILE="));
  // Who has it be null wants none.
  if (isSaid || helpers?.caCertificates !== undefined) return;
  io.notice(
    "no package has certificates, without which Nix fetches nothing by HTTPS: add cacert with --tool",
  );
}

/** Prints the whole SPEC. */
export async function printBaseSpec(
  file: string | undefined,
  destination: string | undefined,
  flags: BaseFlags,
  io: Io,
): Promise<void> {
  if (destination !== undefined) {
    throw new NixociError("USAGE", "--print-spec builds nothing: there is no DESTINATION");
  }
  const { spec } = await readBaseSpec(file, flags, io);
  await io.write(JSON.stringify(spec, null, 2) + "\n");
}

async function readBaseSpec(
  file: string | undefined,
  { nix, tool, "nix-user": user, ...flags }: BaseFlags,
  io: Io,
): Promise<SpecInFolder> {
  const read = await readSpecWith(file, flags, {
    onNotice: io.notice,
    signal: io.signal,
    change: (spec) => addOwnFlags(spec, { nix, tool, "nix-user": user }),
  });
  const what = file ?? "the flags";
  const spec = await checkSpec(await completeBaseSpec(read.spec, read.folder), what);
  return { ...read, spec };
}

function addOwnFlags(spec: Spec, { nix, tool = [], "nix-user": user }: OwnFlags): Spec {
  return {
    ...spec,
    ...(nix || user) && {
      nix: { ...spec.nix, ...nix && { package: nix }, ...user && { user } },
    },
    ...tool.length > 0 && { systemPackages: [[spec.systemPackages ?? []].flat(), tool].flat() },
  };
}
