# dockerTools.exportImage: the files of an image as one archive, without a virtual machine.
{ lib, tools, check, image }:
let
  function = "dockerTools.exportImage";
  inherit (check) optional required refuse;
  inherit (check.kinds) nullable text number path;
in
check.define function {
  fromImage = required path;
  fromImageName = optional (nullable text) null;
  fromImageTag = optional (nullable text) null;
  diskSize = optional number 1024; # of the virtual machine that there is none of here
  name = optional (nullable text) null;
} (args: _: let
  base = args.fromImage;
  name = if args.name != null then args.name
    else base.name or (refuse function "name is missing: fromImage is no derivation that has one");
  flag = word: value: lib.optionalString (value != null) "${word} ${lib.escapeShellArg value}";
in tools.runCommand name {
  nativeBuildInputs = [ tools.nixoci ];
  preferLocalBuild = true;
} ''
  nixoci export --quiet --style dockertools --compress none --mtime "@$SOURCE_DATE_EPOCH" \
    ${flag "--image-name" args.fromImageName} ${flag "--image-tag" args.fromImageTag} \
    --output "$out" ${lib.escapeShellArg (image.sourceOf base)}
'')
