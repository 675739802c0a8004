# dockerTools.streamLayeredImage and buildLayeredImage.
{ lib, tools, check, image }:
let
  inherit (check) optional refuse;
  inherit (check.kinds) nullable text number set paths flag pipeline;
  shared = import ./arguments.nix { inherit tools check; };

  streamArguments = shared.common // shared.config { } // {
    contents = optional paths [ ];
    mtime = optional text "1970-01-01T00:00:01Z";
    uname = optional text "root";
    gname = optional text "root";
    maxLayers = optional number 100;
    fakeRootCommands = optional text "";
    enableFakechroot = optional flag false;
    includeStorePaths = optional flag true;
    passthru = optional set { };
    layeringPipeline = optional (nullable pipeline) null;
    debug = optional flag false;
  };

  specOf = args: config: contents: {
    style = "dockertools";
    inherit (args) created mtime uid gid uname gname extraCommands fakeRootCommands
      enableFakechroot includeStorePaths includeNixDB architecture variant layeringPipeline;
    inherit contents;
    emptyLayer = true;
    fromImage = image.baseOf args.fromImage;
    "inherit" = args.inheritConfig;
    maxLayers = if args.layeringPipeline == null then args.maxLayers else null;
    tools = map (tool: "${tool}") tools.scriptTools;
  };

  planOf = function: args: let
    config = image.cleanConfig args.config;
    contents = image.rootsFor function "contents" args.contents;
    scripts = args.extraCommands != "" || args.fakeRootCommands != "";
    spec = specOf args config (map (each: "${each}") contents);
  in
    if args.layeringPipeline == null && args.maxLayers < 2 then
      refuse function "maxLayers must be greater than 1, and is ${toString args.maxLayers}: one layer is kept for what is at the root"
    else if args.enableFakechroot && !tools.isLinux then image.scriptInputs function "enableFakechroot" # refused
    else image.makePlan {
      name = "${baseNameOf args.name}-conf.json";
      imageName = lib.toLower args.name;
      inherit (args) tag;
      inherit config scripts;
      # Closures of what scripts may leave in files are found as those of the config are.
      mentions = lib.optionalAttrs scripts { inherit (args) extraCommands fakeRootCommands; };
      roots = contents;
      # Without the store there is nothing to copy, and scripts need no closure beside the tools'.
      spec = if scripts then spec else builtins.removeAttrs spec [ "tools" "extraCommands" "fakeRootCommands" "enableFakechroot" ];
      inputs = lib.optionalAttrs scripts (image.scriptInputs function (if args.extraCommands != "" then "extraCommands" else "fakeRootCommands"));
    };

  makeStream = function: args: let plan = planOf function args; in
    image.makeStream {
      name = "stream-${baseNameOf args.name}";
      inherit plan;
      inherit (args) meta;
      passthru = args.passthru // { inherit plan; conf = plan; inherit (plan) imageTag; } // image.appsOf plan;
    };

  streamFor = function: lib.makeOverridable (check.define function streamArguments
    (args: _: makeStream function args));

  buildLayered = function: check.define function (streamArguments // shared.compressor) (args: given: let
    ending = image.endingOf function args.compressor;
    stream = streamFor function (builtins.removeAttrs given [ "compressor" ]);
  in image.makeArchive {
    name = "${baseNameOf args.name}.tar${ending}";
    inherit (stream) plan;
    inherit (args) meta;
    passthru = args.passthru // { inherit stream; inherit (stream) plan imageTag; } // image.appsOf stream.plan;
  });
  withDatabase = build: args: build (args // { includeNixDB = true; });
in
rec {
  streamLayeredImage = streamFor "dockerTools.streamLayeredImage";
  buildLayeredImage = lib.makeOverridable (buildLayered "dockerTools.buildLayeredImage");
  buildLayeredImageWithNixDb = withDatabase buildLayeredImage;
}
