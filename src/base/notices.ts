/** Notices: messages for the user although nothing has failed, with a code for programs. */

/** A kind of notice; the words are stable, so that programs can rely on them. */
export type NoticeCode =
  | "RETRY" // a request failed and is made again
  | "FALLBACK" // one way did not work, and another is taken: a mirror, how a blob is sent
  | "LACKING" // the destination lacks what seemed to be there, and gets it
  | "CREDENTIALS" // credentials that were to be used cannot be read
  | "FOREIGN" // a layer that must not be passed on stays, or comes from, where its URLs say
  | "UNPACKED" // layers are stored as plain tars, so that the manifest's digest changes
  | "LEFT_OUT" // something that the target cannot hold is not in it
  | "LEFT_BEHIND" // what is attached to an image is not copied, for the image becomes another one
  | "FORMAT" // manifests are in a format that some readers there do not know
  | "PLATFORM" // the image is for another platform than was asked for
  | "RUNS_AS_ROOT" // a bundle's program will run as root, against the image's words
  | "MISNAMED" // a file has another digest than its name says
  | "TWICE" // files are in the image twice
  | "HIDDEN" // what a base has is hidden by what is laid over it
  | "OUTPUT" // a line that a script of the image has printed
  | "FOLLOWED" // files lie where a link of the base leads
  | "ABSOLUTE_LINK" // links that engines of today refuse, for they seem to leave the image
  | "IDS" // IDs of users or groups are not held by anything, or are new
  | "NAMED" // an image has a name that its destination does not show, or has lost one
  | "IDLE" // a flag has nothing to say here
  | "COMMAND" // what the image runs is none of its programs
  | "SHELL" // the environment or build of a derivation is not all as Nix has it
  | "NIX" // Nix in a container of the image lacks something, or does not know all of its store
  | "SERVICE" // a service is not all as it was asked for
  | "DERIVED" // the image says more of itself than it was told: what follows from its services
  | "WARNING" // the registry has something to say to its users
  | "AGAINST" // what a push will move, against what is there
  | "WAITING" // another process holds what is needed, or a server lets us wait
  | "SLOW"; // it takes longer than it has to

/** A message for the user that is neither a result nor an error. */
export interface Notice {
  readonly code: NoticeCode;
  /** One line, without a full stop. */
  readonly message: string;
  /** Files that it speaks of, for those who want them written: absolute paths, and what is in them. */
  readonly files?: readonly { readonly path: string; readonly text: string }[];
}

/** Gets notices as they come. */
export type OnNotice = (notice: Notice) => void;
