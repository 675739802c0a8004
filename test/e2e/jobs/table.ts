/**
 * What people do all day, in the words of the tool that they use and in ours. In the words stand R,
 * a repository's beginning (`host/jobs`); H, the host; D, a folder of the test's own; LAYER, CONFIG
 * and APP, digests of the image `R/app:1` (three layers, signed), whose base is `R/base:1`;
 * `R/both:1` is an index of two platforms, `R/files:1` an artifact of a file.
 */
import type { Part } from "../support/parts.ts";

/** What has to be the same of what the two have made, or said. */
export type Same =
  | "output"
  | "lines"
  | "among"
  | "digest"
  | "parts"
  | "config"
  | "layers"
  | "files"
  | "children"
  | "referrers"
  | "gone";

export interface Job {
  readonly by: Part;
  readonly theirs: string;
  readonly ours: string;
  /** By default their output is ours. */
  readonly same?: Same;
  /** The places where theirs and ours are, for all but outputs. */
  readonly at?: readonly [theirs: string, ours: string];
}

const SRC = "--src-tls-verify=false";
const DEST = "--dest-tls-verify=false";
const TLS = "--tls-verify=false";
const in2 = (name: string) => [`registry:R/t/${name}`, `registry:R/o/${name}`] as const;

const SKOPEO: readonly Omit<Job, "by">[] = [
  {
    theirs: `skopeo copy -q ${SRC} ${DEST} docker://R/app:1 docker://R/t/s1:1`,
    ours: "copy -q registry:R/app:1 registry:R/o/s1:1",
    same: "digest",
    at: in2("s1:1"),
  },
  {
    theirs: `skopeo copy -q --all ${SRC} ${DEST} docker://R/both:1 docker://R/t/s2:1`,
    ours: "copy -q --all registry:R/both:1 registry:R/o/s2:1",
    same: "digest",
    at: in2("s2:1"),
  },
  {
    theirs:
      `skopeo --override-arch arm64 copy -q ${SRC} ${DEST} docker://R/both:1 docker://R/t/s3:1`,
    ours: "copy -q --platform arm64 registry:R/both:1 registry:R/o/s3:1",
    same: "digest",
    at: in2("s3:1"),
  },
  {
    theirs: `skopeo copy -q ${SRC} docker://R/app:1 oci:D/t-layout:a`,
    ours: "copy -q registry:R/app:1 oci-dir:D/o-layout:a",
    same: "digest",
    at: ["oci-dir:D/t-layout:a", "oci-dir:D/o-layout:a"],
  },
  {
    theirs: `skopeo copy -q ${SRC} docker://R/app:1 oci-archive:D/t.tar:a`,
    ours: "copy -q registry:R/app:1 oci-archive:D/o.tar:a",
    same: "digest",
    at: ["oci-archive:D/t.tar:a", "oci-archive:D/o.tar:a"],
  },
  {
    theirs: `skopeo copy -q ${SRC} docker://R/app:1 docker-archive:D/td.tar:x/app:1`,
    ours: "copy -q registry:R/app:1 docker-archive:D/od.tar:x/app:1",
    same: "parts",
    at: ["docker-archive:D/td.tar", "docker-archive:D/od.tar"],
  },
  {
    theirs: `skopeo copy -q ${SRC} docker://R/app:1 dir:D/t-dir`,
    ours: "copy -q registry:R/app:1 dir:D/o-dir",
    same: "digest",
    at: ["dir:D/t-dir", "dir:D/o-dir"],
  },
  {
    theirs: `skopeo copy -q ${SRC} ${DEST} docker://R/app@APP docker://R/t/s8:1`,
    ours: "copy -q registry:R/app@APP registry:R/o/s8:1",
    same: "digest",
    at: in2("s8:1"),
  },
  {
    theirs: `skopeo copy -q --format v2s2 ${SRC} ${DEST} docker://R/app:1 docker://R/t/s9:1`,
    ours: "copy -q --format docker registry:R/app:1 registry:R/o/s9:1",
    same: "parts",
    at: in2("s9:1"),
  },
  {
    theirs: `skopeo copy -q --dest-decompress ${SRC} docker://R/app:1 dir:D/t-plain`,
    ours: "copy -q --compress none registry:R/app:1 dir:D/o-plain",
    same: "parts",
    at: ["dir:D/t-plain", "dir:D/o-plain"],
  },
  {
    theirs: `skopeo inspect ${TLS} --raw docker://R/both:1`,
    ours: "inspect --raw registry:R/both:1",
  },
  {
    theirs: `skopeo inspect ${TLS} --config --raw docker://R/app:1`,
    ours: "inspect --config registry:R/app:1",
    same: "config",
  },
  {
    theirs: `skopeo inspect ${TLS} --format {{.Digest}} docker://R/app:1`,
    ours: "digest registry:R/app:1",
    same: "lines",
  },
  {
    theirs: `skopeo sync ${SRC} ${DEST} --src docker --dest docker R/app R/t/synced`,
    ours: "sync -q registry:R/app registry:R/o/synced/app",
    same: "digest",
    at: in2("synced/app:2"),
  },
  {
    theirs: `skopeo delete ${TLS} docker://R/t/gone:1`,
    ours: "delete --yes registry:R/o/gone:1",
    same: "gone",
    at: in2("gone:1"),
  },
];

const REGCTL: readonly Omit<Job, "by">[] = [
  {
    theirs: "regctl image copy R/both:1 R/t/r1:1",
    ours: "copy -q --all registry:R/both:1 registry:R/o/r1:1",
    same: "digest",
    at: in2("r1:1"),
  },
  { theirs: "regctl image digest R/both:1", ours: "digest registry:R/both:1", same: "lines" },
  { theirs: "regctl tag ls R/app", ours: "tags registry:R/app", same: "lines" },
  {
    theirs: "regctl manifest get --format raw-body R/app:1",
    ours: "manifest get registry:R/app:1",
  },
  { theirs: "regctl blob get R/app CONFIG", ours: "blob get registry:R/app@CONFIG" },
  { theirs: "regctl repo ls H", ours: "catalog H", same: "among" },
  {
    theirs: "regctl image mod R/app:1 --label color=blue --create R/t/r7:1",
    ours: "mutate -q --label color=blue registry:R/app:1 registry:R/o/r7:1",
    same: "layers",
    at: in2("r7:1"),
  },
  {
    theirs:
      "regctl index create R/t/r8:1 --ref R/both:1 --platform linux/amd64 --platform linux/arm64",
    ours: "index create -q registry:R/o/r8:1 registry:R/both:1",
    same: "children",
    at: in2("r8:1"),
  },
  {
    theirs: "regctl image copy --referrers --digest-tags R/app:1 R/t/r9:1",
    ours: "copy -q --referrers --digest-tags registry:R/app:1 registry:R/o/r9:1",
    same: "referrers",
    at: in2("r9:1"),
  },
  {
    theirs: "regctl tag delete R/t/untag:2",
    ours: "delete --yes registry:R/o/untag:2",
    same: "gone",
    at: in2("untag:2"),
  },
  {
    theirs: "regctl image export R/both:1 D/r-export.tar",
    ours: "copy -q --all registry:R/both:1 oci-archive:D/o-export.tar",
    same: "digest",
    at: ["oci-archive:D/r-export.tar", "oci-archive:D/o-export.tar"],
  },
];

const ORAS: readonly Omit<Job, "by">[] = [
  {
    theirs: "oras push R/t/a1:1 --artifact-type x/notes note.txt:text/plain",
    ours: "artifact push -q --type x/notes registry:R/o/a1:1 note.txt",
    same: "files",
    at: in2("a1:1"),
  },
  {
    theirs: "oras pull R/files:1 -o D/t-files",
    ours: "artifact pull registry:R/files:1 D/o-files",
    same: "files",
    at: ["D/t-files", "D/o-files"],
  },
  {
    theirs: "oras attach R/t/attach:1 --artifact-type x/note note.txt:text/plain",
    ours: "attach -q --type x/note registry:R/o/attach:1 note.txt",
    same: "referrers",
    at: in2("attach:1"),
  },
  {
    theirs: "oras tag R/t/attach:1 other",
    ours: "tag registry:R/o/attach:1 other",
    same: "digest",
    at: in2("attach:other"),
  },
  { theirs: "oras manifest fetch R/app:1", ours: "manifest get registry:R/app:1" },
  { theirs: "oras blob fetch R/app@LAYER --output -", ours: "blob get registry:R/app@LAYER" },
  { theirs: "oras repo tags R/app", ours: "tags registry:R/app", same: "lines" },
  { theirs: "oras resolve R/app:1", ours: "digest registry:R/app:1", same: "lines" },
  {
    theirs: "oras cp -r R/both:1 R/t/a9:1",
    ours: "copy -q --all --referrers registry:R/both:1 registry:R/o/a9:1",
    same: "digest",
    at: in2("a9:1"),
  },
];

const CRANE: readonly Omit<Job, "by">[] = [
  {
    theirs: "crane cp R/both:1 R/t/c1:1",
    ours: "copy -q --all registry:R/both:1 registry:R/o/c1:1",
    same: "digest",
    at: in2("c1:1"),
  },
  { theirs: "crane digest R/both:1", ours: "digest registry:R/both:1", same: "lines" },
  { theirs: "crane ls R/app", ours: "tags registry:R/app", same: "lines" },
  { theirs: "crane manifest R/app:1", ours: "inspect --raw registry:R/app:1" },
  { theirs: "crane blob R/app@LAYER", ours: "blob get registry:R/app@LAYER" },
  {
    theirs: "crane append -b R/app:1 -f D/more.tar -t R/t/c6:1",
    ours: "mutate -q --append D/more.tar registry:R/app:1 registry:R/o/c6:1",
    same: "layers",
    at: in2("c6:1"),
  },
  {
    theirs: "crane mutate R/app:1 --env A=b --label c=d --user 7 --workdir /w --entrypoint /e " +
      "--cmd f --annotation g=h -t R/t/c7:1",
    ours: "mutate -q --env A=b --label c=d --user 7 --workdir /w --entrypoint /e --cmd f " +
      "--annotation g=h registry:R/app:1 registry:R/o/c7:1",
    same: "config",
    at: in2("c7:1"),
  },
  {
    theirs: "crane flatten R/app:1 -t R/t/c8:1",
    ours: "mutate -q --squash all registry:R/app:1 registry:R/o/c8:1",
    same: "files",
    at: in2("c8:1"),
  },
  {
    theirs: "crane rebase R/app:1 --old_base R/base:1 --new_base R/base:2 -t R/t/c9:1",
    ours: "mutate -q --rebase R/base:1,R/base:2 registry:R/app:1 registry:R/o/c9:1",
    same: "layers",
    at: in2("c9:1"),
  },
];

const of = (by: Part, jobs: readonly Omit<Job, "by">[]) => jobs.map((job) => ({ by, ...job }));

/** The jobs. */
export const JOBS: readonly Job[] = [
  ...of("skopeo", SKOPEO),
  ...of("regctl", REGCTL),
  ...of("oras", ORAS),
  ...of("crane", CRANE),
];
