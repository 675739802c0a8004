/** The codes of failures and notices, in words. The compiler holds the tables to the codes. */
import type { ErrorCode } from "../../../base/errors.ts";
import type { NoticeCode } from "../../../base/notices.ts";

/** The meaning of a failure's code. */
export const ERROR_CODES: Readonly<Record<ErrorCode | "INTERNAL", string>> = {
  USAGE: "the words are wrong: a command, a flag, a reference; the exit status is 2",
  NOT_FOUND: "what was named is not there",
  EXISTS: "what was named is there already",
  DIGEST: "bytes do not hash to the digest that names them",
  SIZE: "more or fewer bytes than the descriptor says",
  MALFORMED: "bytes are not what their format demands",
  UNSUPPORTED: "well-formed, but nothing that nixoci can do",
  LIMIT: "larger, deeper or more than nixoci accepts",
  INCOMPLETE: "a place lacks part of what it was thought to have whole",
  AUTH: "credentials are missing or were refused",
  NETWORK: "a peer could not be reached, or broke off",
  REFUSED: "a peer answered no",
  FAILED: "a command that was to be run ended with a failure",
  UNSAFE: "doing it would leave the place that was named",
  IO: "the file system said no",
  CANCELLED: "a signal ended it; the exit status is 130, 143 or 129",
  INTERNAL: "a bug in nixoci",
};

/** The meaning of a notice's code. */
export const NOTICE_CODES: Readonly<Record<NoticeCode, string>> = {
  RETRY: "a request failed and is made again",
  FALLBACK: "one way did not work, and another is taken: a mirror, how a blob is sent",
  LACKING: "the destination lacks what seemed to be there, and gets it",
  CREDENTIALS: "credentials that were to be used cannot be read",
  FOREIGN: "a layer that must not be passed on stays, or comes from, where its URLs say",
  UNPACKED: "layers are stored as plain tars, so that the manifest's digest changes",
  LEFT_OUT: "something that the target cannot hold is not in it",
  LEFT_BEHIND: "what is attached to an image is not copied, for the image becomes another one",
  FORMAT: "manifests are in a format that some readers there do not know",
  PLATFORM: "the image is for another platform than was asked for, or for one of several",
  RUNS_AS_ROOT: "a bundle's program will run as root, against the image's words",
  MISNAMED: "a file has another digest than its name says",
  TWICE: "files are in the image twice",
  HIDDEN: "what a base has is hidden by what is laid over it",
  OUTPUT: "a line that a script of the image has printed",
  FOLLOWED: "files lie where a link of the base leads",
  ABSOLUTE_LINK: "links that engines of today refuse, for they seem to leave the image",
  NAMED: "an image has got a name that its destination does not show, or has lost one",
  IDLE: "a flag has nothing to say here",
  IDS: "IDs of users or groups follow from their names alone, or are new",
  COMMAND: "what the image runs is none of its programs",
  SHELL: "the environment or build of a derivation is not all as Nix has it",
  NIX: "Nix in a container of the image lacks something, or does not know all of its store",
  SERVICE: "a service is not all as it was asked for",
  DERIVED: "the image says more of itself than it was told: what follows from its services",
  WARNING: "the registry has something to say to its users",
  AGAINST: "what a push will move, against the image that is there",
  WAITING: "another process holds what is needed, or a server lets us wait",
  SLOW: "it takes longer than it has to",
};
