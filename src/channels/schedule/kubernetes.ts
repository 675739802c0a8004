/** The CronJob of Kubernetes that runs an update every hour. */
import { basename, dirname, join } from "node:path";
import {
  chooseMinute,
  formatNeeds,
  listRunnerNeeds,
  NO_RUNNER,
  type ScheduledJob,
  type ScheduleOptions,
} from "./options.ts";

/** A file of the ConfigMap: its key, its place below the mount, and where it is now. */
interface ConfigFile {
  readonly key: string;
  readonly path: string;
  readonly from: string;
}

/** Makes the CronJob. */
export function makeKubernetesSchedule(options: ScheduleOptions): ScheduledJob {
  const { config, runner = NO_RUNNER } = options;
  const files = listConfigFiles(options);
  const needs = listNeeds(options, files);
  const text = `${formatNeeds("Made by nixoci base init kubernetes", needs)}\
# By hand it is started with: kubectl create job --from=cronjob/base-images base-images-by-hand
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
              command: [nixoci, base, update, --json, /config/${basename(config)}]
              env:
                - name: DOCKER_CONFIG
                  value: /credentials
              volumeMounts:
                - { name: config, mountPath: /config }
                - { name: credentials, mountPath: /credentials }
          volumes:
            - name: config
              configMap:
                name: base-images
                items:
${files.map(({ key, path }) => `                  - { key: ${key}, path: ${path} }\n`).join("")}\
            - name: credentials
              secret: { secretName: base-images }
`;
  return { text, needs };
}

/** Lists the files of the ConfigMap, whose keys have no folders. */
function listConfigFiles({ config, specs = [] }: ScheduleOptions): ConfigFile[] {
  return [basename(config), ...specs].map((path) => ({
    key: path.replace(/[^\w.-]/g, "_"),
    path,
    from: join(dirname(config), path),
  }));
}

function listNeeds(options: ScheduleOptions, files: readonly ConfigFile[]): string[] {
  const from = files.map(({ key, from }) => `--from-file=${key}=${from}`).join(" ");
  return [
    ...listRunnerNeeds(options),
    `kubectl create configmap base-images ${from}`,
    `kubectl create secret generic base-images --from-file=config.json=FILE, as docker login ` +
    `${options.registry} writes it (~/.docker/config.json)`,
  ];
}
