/** Jobs that run an update every hour, for the services that people have. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { NixociError } from "../../base/errors.ts";

/** The services, by their words. */
export const SERVICES = ["github", "gitlab", "kubernetes"] as const;

/** A service that runs jobs. */
export type ScheduleService = typeof SERVICES[number];

/** Whatever a job needs. */
export interface ScheduleOptions {
  /** The path of the channels' file in the repository. */
  readonly config: string;
  /** The registry that images go to, for logging in. */
  readonly registry: string;
  /** The container image that has nixoci and Nix in it, where the service runs jobs in one. */
  readonly runner: string;
}

/** Words that neither shells nor YAML take for something else. */
const PLAIN = /^[\w.@][\w.@:/+-]*$/;

/** The registry that a workflow may push to without a secret of its own. */
const GITHUB_REGISTRY = "ghcr.io";

/**
 * Formats the file of a service.
 * @throws NixociError `USAGE` for words that would mean something else in it.
 * @example
 * ```ts
 * import { formatSchedule } from "nixoci";
 * const options = { config: "channels.json", registry: "ghcr.io", runner: "me/nixoci" };
 * console.log(formatSchedule("github", options).split("\n")[1]); // name: base images
 * ```
 */
export function formatSchedule(service: ScheduleService, options: ScheduleOptions): string {
  for (const word of Object.values(options)) {
    if (PLAIN.test(word)) continue;
    throw new NixociError("USAGE", `${JSON.stringify(word)} cannot be in a job`, {
      hint: "take a name of letters, digits and . _ - /",
    });
  }
  return { github: formatGithub, gitlab: formatGitlab, kubernetes: formatKubernetes }[service](
    options,
  );
}

/**
 * Chooses the minute of an hour: an odd one, for services drop jobs at the full hour, when all begin;
 * and not the same for everybody.
 */
function chooseMinute({ config, registry }: ScheduleOptions): number {
  const [byte = 0] = createHash("sha256").update(`${registry} ${config}`).digest();
  return byte % 30 * 2 + 1;
}

function formatGithub(options: ScheduleOptions): string {
  const { config, registry } = options;
  const isOwn = registry === GITHUB_REGISTRY;
  const note = isOwn
    ? ""
    : `# It wants the secrets REGISTRY_USER and REGISTRY_PASSWORD, for ${registry}.\n`;
  return `# Made by nixoci base init github. As .github/workflows/base-images.yml
${note}\
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
      - run: npm install --global nixoci
      - run: echo "$PASSWORD" | nixoci login ${registry} --username "$USERNAME" --password-stdin
        env:
          USERNAME: \${{ ${isOwn ? "github.actor" : "secrets.REGISTRY_USER"} }}
          PASSWORD: \${{ secrets.${isOwn ? "GITHUB_TOKEN" : "REGISTRY_PASSWORD"} }}
      - run: nixoci base update --json ${config} > report.json
      - run: cat report.json
        if: always()
`;
}

function formatGitlab({ config, registry, runner }: ScheduleOptions): string {
  return `# Made by nixoci base init gitlab. As .gitlab-ci.yml, or included there; GitLab has schedules in its
# settings (Build, Pipeline schedules): give it an odd minute, such as 17 * * * *.
base-images:
  image: ${runner}
  resource_group: base-images
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
    - if: $CI_PIPELINE_SOURCE == "web"
  script:
    - echo "$REGISTRY_PASSWORD" | nixoci login ${registry} --username "$REGISTRY_USER" --password-stdin
    - nixoci base update --json ${config} > report.json
  artifacts:
    when: always
    paths: [report.json]
`;
}

function formatKubernetes(options: ScheduleOptions): string {
  const { registry, runner } = options;
  const config = basename(options.config);
  return `# Made by nixoci base init kubernetes. It wants a ConfigMap base-images with ${config}, and a Secret
# base-images with config.json, as docker login ${registry} writes it.
apiVersion: batch/v1
kind: CronJob
metadata:
  name: base-images
spec:
  schedule: "${chooseMinute(options)} * * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: update
              image: ${runner}
              command: [nixoci, base, update, --json, /config/${config}]
              env:
                - name: DOCKER_CONFIG
                  value: /credentials
              volumeMounts:
                - { name: config, mountPath: /config }
                - { name: credentials, mountPath: /credentials }
          volumes:
            - name: config
              configMap: { name: base-images }
            - name: credentials
              secret: { secretName: base-images }
`;
}
