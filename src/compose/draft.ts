/** An image in the making, before anything is read from the store. */
import type { SourceTraits } from "../image/source.ts";
import type { LayerHistory, Pipeline, Strategy } from "../layering/mod.ts";
import type { Closure } from "../nix/formats/path-info.ts";
import type { Plan, PlanConfig } from "../plan/mod.ts";
import type { LayerRecipe, LayerStyle } from "../recipe/mod.ts";
import type { Service } from "../services/service.ts";
import type { LayerDraft } from "./layers/layer-draft.ts";
import { type AccountsDraft, NO_ACCOUNTS_DRAFT } from "./accounts/draft.ts";
import type { ScriptPowers, SpecCommand } from "./commands/command.ts";
import type { Addition, ImageCheck, Script } from "./customise/customisation.ts";
import type { LateChange } from "./late.ts";
import type { StoreTree } from "./nixpkgs/tree.ts";
import type { NamedFiles, NamedPath, SpecPart } from "./parts.ts";
import type { StorePlace } from "./paths.ts";

export type { LayerDraft } from "./layers/layer-draft.ts";

/** A text of the image, and the field that it is from. */
export interface Mention {
  readonly text: string;
  readonly at: string;
}

/** The field of a config that says what is started. */
export type CommandField = "Entrypoint" | "Cmd";

/** The time and the owner of all files, where nothing says otherwise. */
export type FileDefaults = Pick<LayerRecipe, "mtime" | "uid" | "gid" | "uname" | "gname">;

/** Fields of a plan that follow neither from layers nor from a base. */
export type PlanFields = Omit<Plan, "config" | "layers" | "history" | "base" | "name">;

/** An image that another one follows, and who hears how the store paths are layered because of it. */
export interface Against {
  /** The store paths of its layers, lowest first. */
  readonly history: LayerHistory;
  onLayering?(choice: LayeringChoice): void;
}

/** The layers that were made of the image's own store paths, and of what. */
export interface LayeringChoice {
  readonly layers: LayerHistory;
  readonly closure: Closure;
  /** Paths that are in other layers. */
  readonly exclude: ReadonlySet<string>;
  readonly maxLayers: number;
}

/** An image in the making: every feature adds to it, one after the other. */
export interface ImageDraft {
  /** Whose bytes and defaults. */
  readonly style: LayerStyle;
  readonly name: string | undefined;
  readonly tag: string | undefined;
  /** The image's config, but for what follows from its layers. */
  readonly config: PlanConfig;
  /** The field of the config that says what is started, where the SPEC says it and not the base. */
  readonly command: CommandField | undefined;
  /** Other fields of the plan: a feature adds its own, and keeps those of others. */
  readonly plan: PlanFields;
  /** Texts whose store paths are in the image. */
  readonly mentions: readonly Mention[];
  readonly files: FileDefaults;
  /** Explicit layers, those that others stand on first, and files that describe some. */
  readonly explicit: readonly (SpecPart | NamedPath)[];
  /** The image's own layers of store paths, above the explicit ones. */
  readonly own: SpecPart;
  readonly strategy: Strategy;
  /** Instead of the strategy. */
  readonly pipeline: Pipeline | undefined;
  /** The image that it follows: what can stay in that one's layers does. */
  readonly against: Against | undefined;
  readonly includeStorePaths: boolean;
  /** Tells whether what is copied to the root is in the store, though nothing there refers to it. */
  readonly copiesInStore: boolean;
  /** Tells whether one layer has what is at the root and the image's own store paths. */
  readonly isSingle: boolean;
  /** Tells whether there is a customisation layer though nothing asks for one. */
  readonly isLastKept: boolean;
  /** The rule for links to folders in what is copied to the root. */
  readonly folderLinks: LayerRecipe["folderLinks"];
  /** Files that are made for the root, over which the contents are laid. */
  readonly helpers: readonly NamedFiles[];
  /** The powers of scripts and commands. */
  readonly powers: ScriptPowers;
  /** Files that follow from the image's store paths, in the customisation layer. */
  readonly additions: readonly Addition[];
  /** Users and groups that are asked for: a feature adds its own, and keeps those of others. */
  readonly accounts: AccountsDraft;
  /** Programs that an init has to run: the feature that makes one takes them. */
  readonly services: readonly Service[];
  /** Run on the customisation layer, in their order. */
  readonly scripts: readonly Script[];
  /** Asked when all of the image is known, for notices. */
  readonly checks: readonly ImageCheck[];
  /** Layers above all those: what is made here. */
  readonly top: readonly LayerDraft[];
  /** Run on all those layers, one after the other; each makes one more. */
  readonly commands: readonly SpecCommand[];
  /** Changes that depend on all those layers: the init is made of programs in them. */
  readonly late: readonly LateChange[];
  /** Trees that are in its store, each in a layer of its own below the customisation layer. */
  readonly trees: readonly StoreTree[];
  readonly store: StorePlace;
  /** Facts for the copying of the image: a feature adds its own, and keeps those of others. */
  readonly traits: SourceTraits;
}

/** An image before any feature has been asked. */
export const EMPTY_DRAFT: ImageDraft = {
  style: "dockertools",
  name: undefined,
  tag: undefined,
  config: {},
  command: undefined,
  plan: {},
  mentions: [],
  files: {},
  explicit: [],
  own: {
    at: "",
    deps: [],
    copyToRoot: [],
    contents: [],
    perms: [],
    maxLayers: 1,
    ignore: undefined,
    history: undefined,
  },
  strategy: "popularity",
  pipeline: undefined,
  against: undefined,
  includeStorePaths: true,
  copiesInStore: true,
  isSingle: false,
  isLastKept: false,
  folderLinks: undefined,
  helpers: [],
  additions: [],
  accounts: NO_ACCOUNTS_DRAFT,
  services: [],
  powers: { network: false, limits: {} },
  checks: [],
  scripts: [],
  top: [],
  commands: [],
  late: [],
  trees: [],
  store: { root: "/", descriptions: [] },
  traits: { synthetic: true },
};
