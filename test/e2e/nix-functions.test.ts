/** The functions for Nix, evaluated and built by Nix itself, in its sandbox, over packages of ours. */
import { beforeAll, describe } from "vitest";
import { testApps } from "./nix-functions/apps.ts";
import { testDockerTools } from "./nix-functions/docker-tools.ts";
import { testExamples } from "./nix-functions/examples.ts";
import { testFlake } from "./nix-functions/flake.ts";
import { testModules } from "./nix-functions/modules.ts";
import { makeSuite, type Suite } from "./nix-functions/suite.ts";
import { lacks } from "./support/peers.ts";

/** Nix builds dozens of derivations, one after the other: on a busy machine that takes its time. */
const timeout = 400_000;

describe.skipIf(lacks("nix", "root"))("functions for Nix", { timeout }, () => {
  let suite: Suite;
  beforeAll(async () => {
    suite = await makeSuite();
  }, timeout);
  testDockerTools(() => suite);
  testExamples(() => suite);
  testModules(() => suite);
  testApps(() => suite);
  testFlake(() => suite);
});
