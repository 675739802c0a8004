/** Jobs of services: what they run, and what they say that somebody has to do before. */
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { makeSchedule, SERVICES } from "../../src/channels/schedule/schedule.ts";

const OPTIONS = {
  config: "ci/channels.json",
  registry: "quay.io",
  specs: ["base.json", "more/b.json"],
};

describe.each(SERVICES)("the job of %s", (service) => {
  const { text, needs } = makeSchedule(service, OPTIONS);

  it("is YAML that runs the update, at an odd minute", () => {
    expect(parse(text)).toBeInstanceOf(Object);
    expect(text).toMatch(/base update --json ci\/channels\.json|\/config\/channels\.json]/);
    const [, minute] = /(?:cron|schedule): "(\d+) \* \* \* \*"/.exec(text) ?? [];
    if (service !== "gitlab") expect(Number(minute) % 2).toBe(1);
    expect(text).not.toContain("undefined");
  });

  it("says at its top what has to be done before", () => {
    const top = ["# Before its first run:", ...needs.map((need) => `# - ${need}`)].join("\n");
    expect(text).toContain(`\n${top}\n`);
    expect(needs.join("\n")).toContain("base.json and more/b.json name");
    expect(needs.join("\n")).toContain("quay.io");
  });

  it("says how it is started by hand", () => {
    expect(text).toMatch(/workflow_dispatch|New pipeline|kubectl create job --from/);
  });

  it("refuses words that would mean something else in it", () => {
    for (const wrong of [{ config: "a b.json" }, { specs: ["$(x)"] }, { runner: "a: b" }]) {
      expect(() => makeSchedule(service, { ...OPTIONS, ...wrong })).toThrow("cannot be in a job");
    }
  });
});

it("a workflow has the token of GitHub for its own registry alone", () => {
  const make = (registry: string) => makeSchedule("github", { config: "c.json", registry });
  expect(make("ghcr.io").text).toContain("secrets.GITHUB_TOKEN");
  expect(make("ghcr.io").needs[0]).toBe(
    "commit c.json and this file to the default branch: schedules run there alone",
  );
  expect(make("quay.io").text).not.toContain("GITHUB_TOKEN");
  expect(make("quay.io").text).toContain("secrets.REGISTRY_PASSWORD");
});

it("a workflow installs what npm pack made, for nobody has the name in npm's registry yet", () => {
  const { text, needs } = makeSchedule("github", OPTIONS);
  expect(text).toContain("- run: npm install --global ./nixoci-*.tgz\n");
  expect(needs).toHaveLength(4);
  expect(needs[1]).toContain("commit nixoci-*.tgz");
});

it("a job of GitLab has what GitLab gives for its own registry alone", () => {
  const make = (registry: string) => makeSchedule("gitlab", { config: "c.json", registry });
  expect(make("registry.gitlab.com").text).toContain('"$CI_REGISTRY_PASSWORD" | nixoci login');
  expect(make("registry.gitlab.com").needs.join()).not.toContain("variables");
  expect(make("quay.io").text).toContain('echo "$REGISTRY_PASSWORD" | nixoci login quay.io');
});

it("a CronJob has the files of SPECs in its ConfigMap, and a runner that has to be filled in", () => {
  const made = makeSchedule("kubernetes", OPTIONS);
  const { spec } = parse(made.text).spec.jobTemplate.spec.template;
  expect(spec.volumes[0].configMap.items).toEqual([
    { key: "channels.json", path: "channels.json" },
    { key: "base.json", path: "base.json" },
    { key: "more_b.json", path: "more/b.json" },
  ]);
  expect(made.needs).toContain(
    "kubectl create configmap base-images --from-file=channels.json=ci/channels.json " +
      "--from-file=base.json=ci/base.json --from-file=more_b.json=ci/more/b.json",
  );
  expect(spec.containers[0].image).toMatch(/^[A-Z-]+$/);
  expect(made.needs[0]).toMatch(/^fill in "image: FILL-IN" \(--runner\): an image with nixoci, /);
  const named = makeSchedule("kubernetes", { ...OPTIONS, runner: "me/nixoci" });
  expect(named.text).toContain("image: me/nixoci\n");
  expect(named.needs[0]).toMatch(/^have me\/nixoci: an image with nixoci, /);
});
