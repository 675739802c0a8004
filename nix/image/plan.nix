# The plan of an image: a few kilobytes that say its config, its layers' digests, and what they are
# made of. Everything else (archives, streams, apps) is made of it.
{ lib, tools }:
let
  inherit (import ./data.nix { inherit lib tools; }) dataOf;
  inherit (builtins) toJSON;
in
{
  name       # of the derivation
, imageName
, tag ? null # by default a hash, as Nix has it in the plan's own path
, spec       # see `nixoci build --schema`, without name, tag and closure
, roots      # store paths whose closures are wanted; each has its layer data
, config ? { }
, mentions ? { } # more that may name store paths
, scripts ? false # whether layers are made by scripts, whose tars have to be kept
, inputs ? { }
, meta ? { }
, passthru ? { }
}:
let
  # The closure of the config is that of a text file: so Nix finds what is mentioned in it.
  text = toJSON (if mentions == { } then config else { inherit config mentions; });
  configFile = tools.writeText "${baseNameOf imageName}-config.json" text;
  hasContext = builtins.hasContext text;
  data = map dataOf (lib.unique roots ++ lib.optional hasContext configFile);
  # Of no path, too, the closure is known: a sandbox has no database to look it up in.
  closures = if data != [ ] then data else [ (tools.writeText "no-paths.json" "[]") ];

  # Times as dockerTools takes them: whatever `date` understands, such as "@1700000000".
  isPlainTime = time: time == null || time == "now"
    || builtins.match "[0-9]{4}-[0-9]{2}-[0-9]{2}T.*" time != null;
  oddTimes = lib.filterAttrs (_: time: !(isPlainTime time))
    { created = spec.created or null; mtime = spec.mtime or null; };
  placeOf = field: "@time of ${field}@";
  setTimes = builtins.concatStringsSep "\n" (lib.mapAttrsToList (field: time: ''
    time=$(date --utc +%Y-%m-%dT%H:%M:%SZ --date ${lib.escapeShellArg time})
    sed -i "s/${placeOf field}/$time/" spec.json
  '') oddTimes);

  plan = tools.runCommand name ({
    nativeBuildInputs = [ tools.nixoci ];
    spec = toJSON (lib.filterAttrs (_: value: value != null) spec // {
      name = imageName;
      inherit config;
      closure = map (each: "${each}") closures;
    } // lib.optionalAttrs (tag != null) { inherit tag; }
      // builtins.mapAttrs (field: _: placeOf field) oddTimes);
    passAsFile = [ "spec" ];
    preferLocalBuild = true;
    inherit meta;
    passthru = passthru // {
      inherit imageName data;
      imageTag = if tag != null then tag
        else builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext plan.outPath));
    };
  } // lib.optionalAttrs scripts { outputs = [ "out" "tars" ]; } // inputs) ''
    export NIXOCI_CACHE_DIR=$TMPDIR/cache # a build has no home, and must not make one
    base=''${out##*/}
    cp --no-preserve=mode "$specPath" spec.json
    ${setTimes}
    nixoci plan spec.json --nar-hashes --output "$out" \
      ${lib.optionalString (tag == null) ''--tag "''${base:0:32}"''} \
      ${lib.optionalString scripts ''--tar-directory "$tars"''}
    ${lib.optionalString scripts ''mkdir -p "$tars"''}
  '';
in
plan
