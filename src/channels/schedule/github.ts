/** The workflow of GitHub that runs an update every hour. */
import { chooseMinute, formatNeeds, type ScheduledJob, type ScheduleOptions } from "./options.ts";

/** The registry that a workflow may push to without a secret of its own. */
const OWN_REGISTRY = "ghcr.io";

/** As npm pack calls it: in a registry that nixoci is not in, its name may be anybody's. */
const PACKAGE = "nixoci-*.tgz";

/** Makes the workflow. */
export function makeGithubSchedule(options: ScheduleOptions): ScheduledJob {
  const { config, registry } = options;
  const isOwn = registry === OWN_REGISTRY;
  const needs = listNeeds(options);
  const made = "Made by nixoci base init github. As .github/workflows/base-images.yml";
  const text = `${formatNeeds(made, needs)}\
name: base images
on:
  schedule:
    - cron: "${chooseMinute(options)} * * * *"
  # GitHub stops schedules of public repositories after 60 days without a commit, and says so by mail:
  # start it by hand then, or press "Enable workflow".
  workflow_dispatch:
concurrency:
  group: base-images
permissions:
  contents: read
  packages: write
jobs:
  update:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - uses: cachix/install-nix-action@v31
      - run: npm install --global ./${PACKAGE}
      # Images are tested in namespaces, which Ubuntu denies to users.
      - run: sudo sysctl -e -w kernel.apparmor_restrict_unprivileged_userns=0
      - run: echo "$PASSWORD" | nixoci login ${registry} --username "$USERNAME" --password-stdin
        env:
          USERNAME: \${{ ${isOwn ? "github.actor" : "secrets.REGISTRY_USER"} }}
          PASSWORD: \${{ secrets.${isOwn ? "GITHUB_TOKEN" : "REGISTRY_PASSWORD"} }}
      - run: nixoci base update --json ${config} > report.json
      - run: cat report.json
        if: always()
`;
  return { text, needs };
}

function listNeeds({ config, specs = [], registry }: ScheduleOptions): string[] {
  const files = [config, ...specs].join(", ");
  return [
    `commit ${files} and this file to the default branch: schedules run there alone`,
    `commit ${PACKAGE} at the top, which npm pack makes of nixoci: it is in no registry of packages yet`,
    ...registry === OWN_REGISTRY ? [] : [
      `set the secrets REGISTRY_USER and REGISTRY_PASSWORD, for ${registry}`,
    ],
    ...specs.length === 0 ? [] : [
      `add a step that builds what ${
        specs.join(" and ")
      } names, or have spec be a program that does`,
    ],
  ];
}
