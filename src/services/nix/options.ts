/** Options of Nix in an image, by the names that NixOS had for them when nix-container-images took them. */

import type { Maybe } from "../accounts/options.ts";

/** A machine that builds for others. */
export interface BuildMachine {
  readonly hostName: string;
  readonly protocol?: Maybe<string>;
  readonly sshUser?: Maybe<string>;
  readonly sshKey?: Maybe<string>;
  readonly system?: Maybe<string>;
  readonly systems?: Maybe<readonly string[]>;
  readonly maxJobs?: Maybe<number>;
  readonly speedFactor?: Maybe<number>;
  readonly supportedFeatures?: Maybe<readonly string[]>;
  readonly mandatoryFeatures?: Maybe<readonly string[]>;
  /** Its key, in base 64. */
  readonly publicHostKey?: Maybe<string>;
}

/** A value of Nix's settings. */
export type SettingValue = string | number | boolean | readonly string[];

/** Whatever makes `nix.conf`. */
export interface NixConfOptions {
  readonly maxJobs?: Maybe<number | string>;
  readonly buildCores?: Maybe<number>;
  readonly useSandbox?: Maybe<boolean | string>;
  readonly sandboxPaths?: Maybe<readonly string[]>;
  readonly extraOptions?: Maybe<string>;
  readonly binaryCaches?: Maybe<readonly string[]>;
  readonly trustedBinaryCaches?: Maybe<readonly string[]>;
  readonly binaryCachePublicKeys?: Maybe<readonly string[]>;
  readonly requireSignedBinaryCaches?: Maybe<boolean>;
  readonly trustedUsers?: Maybe<readonly string[]>;
  readonly allowedUsers?: Maybe<readonly string[]>;
  readonly distributedBuilds?: Maybe<boolean>;
  readonly autoOptimiseStore?: Maybe<boolean>;
  readonly checkConfig?: Maybe<boolean>;
  readonly settings?: Maybe<Readonly<Record<string, SettingValue | null>>>;
}
