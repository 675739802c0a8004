# The plan of a shell image: `nixoci shell` reads the derivation's file, as Nix has written it.
{ pkgs, lib, tools, check, image, arguments, compressor }:
let
  inherit (check) refuse;
  inherit (image) dataOf;

  # What the derivation's variables name: its inputs, by the outputs that are used. Nix finds them in
  # a text; their names in the environment are of no account.
  inputsOf = drv: tools.writeText "${drv.name}-inputs" (builtins.toJSON
    (map (each: "${toString each}") (lib.flatten (builtins.attrValues (builtins.removeAttrs drv.drvAttrs [ "exportReferencesGraph" ])))));

  checkArguments = function: args:
    if args.drv.drvAttrs.__structuredAttrs or false then
      refuse function "drv: does not work with the derivation ${args.drv.name} because it uses __structuredAttrs"
    else if args.command != null && args.run != null then
      refuse function "can't specify both command and run"
    else args;

  planOf = function: given: let
    args = checkArguments function given;
    inherit (args) drv;
    imageName = lib.toLower (if args.name == null then "${drv.name}-env" else args.name);
    also = [ "${pkgs.coreutils}" "${pkgs.cacert.out or pkgs.cacert}" ];
    data = map dataOf [ (inputsOf drv) (shellPackage args.shell) ] ++ map dataOf also;
    flag = word: value: lib.optionalString (value != null) "${word} ${lib.escapeShellArg (toString value)}";
    plan = tools.runCommand "${baseNameOf imageName}-conf.json" {
      nativeBuildInputs = [ tools.nixoci ];
      # The file of the derivation, and those of what it is built from, but not what they make.
      drv = builtins.unsafeDiscardOutputDependency drv.drvPath;
      closures = map (each: "${each}") data;
      preferLocalBuild = true;
      passthru = {
        inherit imageName data;
        imageTag = if args.tag != null then args.tag
          else builtins.substring 0 32 (baseNameOf (builtins.unsafeDiscardStringContext plan.outPath));
      };
    } ''
      export NIXOCI_CACHE_DIR=$TMPDIR/cache # a build has no home, and must not make one
      base=''${out##*/}
      files=()
      for each in $closures; do files+=(--closure "$each"); done
      nixoci shell --quiet "$drv" --plan "$out" "''${files[@]}" --name ${lib.escapeShellArg imageName} \
        --tag ${if args.tag == null then ''"''${base:0:32}"'' else lib.escapeShellArg args.tag} \
        --uid ${toString args.uid} --gid ${toString args.gid} --home ${lib.escapeShellArg args.homeDirectory} \
        --shell ${lib.escapeShellArg "${args.shell}"} --created 1970-01-01T00:00:01Z \
        ${lib.concatMapStringsSep " " (each: "--package ${each}") also} \
        ${flag "--command" args.command} ${flag "--run" args.run} > /dev/null
    '';
  in plan;

  # The package of a program in it: what is described is a whole store path.
  shellPackage = shell: let
    text = "${shell}";
    parts = lib.splitString "/" (lib.removePrefix "${builtins.storeDir}/" text);
    path = "${builtins.storeDir}/${builtins.head parts}";
  in if lib.hasPrefix builtins.storeDir text
    then builtins.appendContext (builtins.unsafeDiscardStringContext path) (builtins.getContext text)
    else throw "dockerTools.streamNixShellImage: shell must be a program in the store, and is ${text}";

  streamOf = function: args: let plan = planOf function args; in image.makeStream {
    name = "stream-${baseNameOf plan.imageName}";
    inherit plan;
    passthru = { inherit plan; conf = plan; inherit (plan) imageTag; } // image.appsOf plan;
  };
in
{
  streamNixShellImage = check.define "dockerTools.streamNixShellImage" arguments
    (args: _: streamOf "dockerTools.streamNixShellImage" args);

  buildNixShellImage = check.define "dockerTools.buildNixShellImage" (arguments // compressor) (args: _: let
    function = "dockerTools.buildNixShellImage";
    ending = image.endingOf function args.compressor;
    stream = streamOf function args;
  in image.makeArchive {
    name = "${args.drv.name}-env.tar${ending}";
    inherit (stream) plan;
    passthru = { inherit stream; inherit (stream) plan imageTag; } // image.appsOf stream.plan;
  });
}
