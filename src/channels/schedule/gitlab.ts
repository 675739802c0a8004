/** The job of GitLab that runs an update every hour. */
import {
  chooseMinute,
  formatNeeds,
  listRunnerNeeds,
  NO_RUNNER,
  type ScheduledJob,
  type ScheduleOptions,
} from "./options.ts";

/** The registry that a job may push to with what GitLab gives it. */
const OWN_REGISTRY = "registry.gitlab.com";

/** Makes the job. */
export function makeGitlabSchedule(options: ScheduleOptions): ScheduledJob {
  const { config, registry, runner = NO_RUNNER } = options;
  const isOwn = registry === OWN_REGISTRY;
  const needs = listNeeds(options, isOwn);
  const made = "Made by nixoci base init gitlab. As .gitlab-ci.yml, or included there";
  const prefix = isOwn ? "CI_REGISTRY" : "REGISTRY";
  const text = `${formatNeeds(made, needs)}\
# By hand it is started with Build, Pipelines, "New pipeline".
base-images:
  image: ${runner}
  resource_group: base-images
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
    - if: $CI_PIPELINE_SOURCE == "web"
  script:
    - echo "$${prefix}_PASSWORD" | nixoci login ${registry} --username "$${prefix}_USER" --password-stdin
    - nixoci base update --json ${config} > report.json
  artifacts:
    when: always
    paths: [report.json]
`;
  return { text, needs };
}

function listNeeds(options: ScheduleOptions, isOwn: boolean): string[] {
  const variables = "set the variables REGISTRY_USER and REGISTRY_PASSWORD (masked), for";
  const minute = chooseMinute(options);
  return [
    ...listRunnerNeeds(options),
    ...isOwn ? [] : [`${variables} ${options.registry}`],
    `add a schedule of an odd minute (Build, Pipeline schedules), such as ${minute} * * * *`,
  ];
}
