/** Nix in an image: its settings, its build users, its daemon. Plain values and texts. */
export { BUILD_GROUP, listBuildUsers, USUAL_BUILD_USERS } from "./build-users.ts";
export { createNixDaemon } from "./daemon.ts";
export { formatMachines } from "./machines.ts";
export { formatNixConf } from "./nix-conf.ts";
export type { BuildMachine, NixConfOptions, SettingValue } from "./options.ts";
