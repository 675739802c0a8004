# nix2container.buildImage: the plan itself, with programs that bring it somewhere.
{ lib, tools, check, image }:
let
  function = "nix2container.buildImage";
  inherit (check) optional required;
  inherit (check.kinds) nullable text number flag set path imageName tag;
  shared = import ./arguments.nix { inherit check; };
in
{
  buildImage = check.define function (shared.common // {
    name = required imageName;
    tag = optional tag null;
    config = optional (nullable set) { };
    fromImage = optional (nullable (path // { is = value: value == "" || path.is value; })) "";
    arch = optional text tools.architecture;
    created = optional text "0001-01-01T00:00:00Z";
    initializeNixDatabase = optional flag false;
    nixUid = optional number 0;
    nixGid = optional number 0;
    meta = optional set { };
    # Not nix2container's: what of the base's config stays; of null nothing does, and that is told.
    inheritConfig = optional (nullable check.kinds.inherited) null;
  }) (args: _: let
    copied = shared.copiedOf { inherit function lib; inherit (image) rootsFor; } args;
    base = if args.fromImage == null || args.fromImage == "" then null else args.fromImage;
    plan = image.makePlan {
      name = "image-${baseNameOf args.name}.json";
      imageName = lib.toLower args.name;
      inherit (args) tag meta;
      config = if args.config == null then { } else lib.filterAttrs (_: value: value != null) args.config;
      roots = copied;
      spec = {
        style = "nix2container";
        inherit (args) arch created maxLayers initializeNixDatabase;
        copyToRoot = map (each: "${each}") copied;
        perms = shared.permsOf function args.perms;
        layers = map (each: "${each}/layers.json") (shared.nestedOf lib args.layers);
        fromImage = image.baseOf base;
        "inherit" = args.inheritConfig;
      } // lib.optionalAttrs args.initializeNixDatabase { inherit (args) nixUid nixGid; };
      passthru = { fromImage = args.fromImage; };
    };
  in plan // {
    inherit plan;
    imageRefUnsafe = builtins.unsafeDiscardStringContext "${plan.imageName}:${plan.imageTag}";
  } // image.appsOf plan);
}
