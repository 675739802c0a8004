# nix2container.buildLayer: a folder with a layers.json.
{ lib, tools, check, image }:
let
  function = "nix2container.buildLayer";
  inherit (check) optional;
  inherit (check.kinds) nullable paths flag set path;
  shared = import ./arguments.nix { inherit check; };
in
{
  buildLayer = check.define function (shared.common // {
    deps = optional paths [ ];
    ignore = optional (nullable path) null;
    reproducible = optional flag true;
    metadata = optional set { created_by = "nix2container"; };
  }) (args: _: let
    copied = shared.copiedOf { inherit function lib; inherit (image) rootsFor; } args;
    deps = image.rootsFor function "deps" args.deps;
    write = name: value: tools.writeText name (builtins.toJSON value);
    rewrites = map (each: { path = "${each}"; regex = "^${each}"; repl = ""; }) copied;
    perms = shared.permsOf function args.perms;
    flag = condition: text: lib.optionalString condition text;
    nestedLayers = shared.nestedOf lib args.layers;
    layer = tools.runCommand "layers.json" {
      nativeBuildInputs = [ tools.nixoci ];
      preferLocalBuild = true;
      passthru = { inherit nestedLayers; };
    } ''
      export NIXOCI_CACHE_DIR=$TMPDIR/cache # a build has no home, and must not make one
      mkdir $out
      nixoci layers --quiet ${image.closureOf "closure-graph.json" (deps ++ copied)} \
        --max-layers ${toString args.maxLayers} --output $out/layers.json \
        ${flag (rewrites != [ ]) "--rewrites ${write "rewrites.json" rewrites}"} \
        ${flag (perms != [ ]) "--perms ${write "perms.json" perms}"} \
        ${flag (args.metadata != { }) "--history ${write "history.json" args.metadata}"} \
        ${flag (args.ignore != null) "--ignore ${args.ignore}"} \
        ${flag (!args.reproducible) "--tar-directory $out"} \
        ${lib.concatMapStringsSep " " (each: "--parent ${each}/layers.json") args.layers} > /dev/null
    '';
  in layer // { inherit nestedLayers; });
}
