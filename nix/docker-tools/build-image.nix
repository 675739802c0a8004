# dockerTools.buildImage.
{ lib, tools, check, image }:
let
  function = "dockerTools.buildImage";
  inherit (check) optional refuse;
  inherit (check.kinds) nullable text number paths flag;
  shared = import ./arguments.nix { inherit tools check; };

  arguments = shared.common // shared.config null // shared.compressor // {
    fromImageName = optional (nullable text) null;
    fromImageTag = optional (nullable text) null;
    copyToRoot = optional (nullable paths) null;
    keepContentsDirlinks = optional flag false;
    runAsRoot = optional (nullable text) null;
    # Of the virtual machine that there is none of here.
    diskSize = optional number 1024;
    buildVMMemorySize = optional number 512;
    # Not dockerTools': how many layers its store paths have, beside the base's and the last, so that
    # images share them. By default there is one for all, as dockerTools packs it.
    maxLayers = optional (nullable number) null;
    contents = optional (nullable paths) null; # deprecated
  };

  deprecated = name: "in docker image ${name}: The contents parameter is deprecated. Change to copyToRoot if the contents are designed to be copied to the root filesystem, such as when you use `buildEnv` or similar between contents and your packages. Use copyToRoot = buildEnv { ... }; or similar if you intend to add packages to /bin.";

  copiedOf = args:
    if args.contents != null && args.copyToRoot != null then
      refuse function "in docker image ${args.name}: contents and copyToRoot are two names of one thing; give copyToRoot alone"
    else lib.warnIf (args.contents != null) (deprecated args.name)
      (if args.copyToRoot != null then image.copiesFor function "copyToRoot" args.copyToRoot
       else image.copiesFor function "contents" args.contents);

  planOf = args: let
    config = image.cleanConfig args.config;
    copied = copiedOf args;
    paths = map (each: "${each}") copied.paths;
    scripts = args.extraCommands != "" || args.runAsRoot != null;
  in image.makePlan {
    name = "${baseNameOf args.name}-conf.json";
    imageName = lib.toLower args.name;
    inherit (args) tag;
    inherit (copied) roots;
    inherit config scripts;
    # Closures of folders within store paths, and of what scripts may leave in files, are found as those
    # of the config are.
    mentions = lib.optionalAttrs (copied.within != [ ]) { inherit (copied) within; }
      // lib.optionalAttrs scripts { inherit (args) extraCommands runAsRoot; };
    spec = {
      style = "dockertools";
      copyToRoot = paths;
      inherit (args) created architecture variant uid gid includeNixDB fromImageName fromImageTag
        keepContentsDirlinks;
      fromImage = image.baseOf args.fromImage;
      "inherit" = args.inheritConfig;
      # Beside the base's, which this function does not count: so images can stand on each other.
      maxLayers = null;
      singleLayer = args.maxLayers == null;
      emptyLayer = true;
      layers = lib.optional (args.maxLayers != null && paths != [ ]) { deps = paths; inherit (args) maxLayers; };
    } // lib.optionalAttrs scripts {
      inherit (args) extraCommands runAsRoot;
      tools = map (tool: "${tool}") tools.scriptTools;
    };
    inputs = lib.optionalAttrs scripts (image.scriptInputs function (if args.runAsRoot != null then "runAsRoot" else "extraCommands"));
  };

  build = check.define function arguments (args: given: let
    plan = planOf args;
    ending = image.endingOf function args.compressor;
  in image.makeArchive {
    name = "docker-image-${baseNameOf args.name}.tar${ending}";
    inherit plan;
    inherit (args) meta;
    env = lib.optionalAttrs (args.fromImage != null) { inherit (args) fromImage; };
    passthru = {
      buildArgs = given;
      layer = plan;
      inherit plan;
      inherit (plan) imageTag;
      baseJson = plan;
    } // image.appsOf plan;
  });
in
rec {
  buildImage = lib.makeOverridable build;
  buildImageWithNixDb = args: buildImage (args // { includeNixDB = true; });
}
