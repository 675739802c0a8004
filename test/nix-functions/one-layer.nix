# Images of buildImage's one layer: made by our functions, and by the commands that nixpkgs runs
# (mkPureLayer, then buildImage), in Nix's sandbox, whose references Nix finds.
{ pkgs, lib, dockerTools }:
let
  inherit (pkgs) runCommand writeText;

  # mkPureLayer. For rsync, which not every machine has, cp does what `rsync -ak` does with links to
  # folders at the root.
  rootOf = { copyToRoot ? null, extraCommands ? "", uid ? 0, gid ? 0, config ? null, ... }: runCommand "docker-layer" {
    items = if copyToRoot == null then [ ] else lib.toList copyToRoot;
    json = builtins.toJSON { inherit config; };
    passAsFile = [ "json" ];
    inherit extraCommands;
  } ''
    mkdir layer
    for item in $items; do
      chmod u+w layer
      cp -dr --preserve=mode "$item/." layer/
      chmod u+w layer
      for link in $(find layer -maxdepth 1 -type l -xtype d); do
        target=$(readlink -f "$link")
        rm "$link"
        cp -dr --preserve=mode "$target" "$link"
      done
      chmod --reference="$item" layer
    done
    chmod ug+w layer
    if [ -n "$extraCommands" ]; then (cd layer; eval "$extraCommands"); fi
    mkdir $out
    tar -C layer --hard-dereference --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
      --owner=${toString uid} --group=${toString gid} -cf $out/layer.tar .
    cp $jsonPath $out/json
  '';

  # buildImage, as far as it makes the layer. The base is a folder with its layers' tars.
  layerOf = args: let layer = rootOf args; in runCommand "layer.tar" {
    __structuredAttrs = true;
    exportReferencesGraph.graph = [ layer ];
  } ''
    file=$NIX_BUILD_TOP/.attrs.json
    [ -e "$file" ] || file=$NIX_ATTRS_JSON_FILE
    jq -r '.graph[].path' "$file" > closure
    list() { tar -tf "$1" | sed -E 's|^\./|/|; s|^[^/]|/&|; s|/$||' | grep -v '^$' || true; }
    touch baseFiles layerFiles
    for tar in ${lib.optionalString (args ? base) "${unpacked args.base}/*.tar"}; do list "$tar" >> baseFiles; done
    cp ${layer}/layer.tar layer.tar
    chmod u+w layer.tar
    for path in $(cat closure); do find $path >> layerFiles; done
    list layer.tar >> baseFiles
    if [ $(wc -l < closure) -gt 1 ] && [ $(grep -c -e "^/nix/store$" baseFiles) -eq 0 ]; then
      mkdir -p nix/store
      chmod -R 555 nix
      echo "./nix" >> layerFiles
      echo "./nix/store" >> layerFiles
    fi
    comm <(sort -n baseFiles | uniq) <(sort -n layerFiles | uniq | grep -v ${layer}) -1 -3 > newFiles
    tar -rpf layer.tar --hard-dereference --sort=name --mtime="@$SOURCE_DATE_EPOCH" \
      --owner=0 --group=0 --no-recursion --verbatim-files-from --files-from newFiles
    cp layer.tar $out
  '';
  unpacked = image: runCommand "base" { } "mkdir $out; tar -C $out -xf ${image}";

  odd = runCommand "odd" { } ''
    mkdir -p $out/share/a $out/share/a-b "$out/share/a b" $out/empty
    echo ${pkgs.hello} > $out/share/a/f
    ln $out/share/a/f $out/share/a-b/f
    echo '#!/bin/sh' > "$out/share/a b/é"; chmod +x "$out/share/a b/é"
    touch "$out/share/$(printf 'n%.0s' $(seq 120))" $out/share/a.b $out/-rf
    ln -s share $out/back
  '';
  # buildEnv makes this of one package.
  linked = package: runCommand "linked" { } "mkdir $out; ln -s ${package}/bin $out/bin";
  mute = runCommand "mute" { } "mkdir -p $out/bin; echo nothing > $out/bin/mute";
  base = dockerTools.buildImage { name = "base"; tag = "1"; copyToRoot = pkgs.bash; config.Labels.bash = "${pkgs.bash}"; compressor = "none"; };

  cases = {
    based = { copyToRoot = pkgs.hello; config.Cmd = [ "${pkgs.hello}/bin/hello" ]; inherit base; };
    empty = { };
    folder = { copyToRoot = "${odd}/share"; };
    several = { copyToRoot = [ odd pkgs.coreutils ]; config.Cmd = [ "${pkgs.hello}/bin/hello" ]; };
    followed = { copyToRoot = linked pkgs.hello; };
    forgotten = { copyToRoot = linked mute; };
    owned = { copyToRoot = odd; uid = 1000; gid = 100; };
    nameless = { copyToRoot = odd; uid = 7; gid = 7; };
    scripted = { copyToRoot = odd; extraCommands = "mkdir -p tmp nix/var; chmod 1777 tmp; echo ${mute} > mine; ln mine again"; };
    text = { config.Env = [ "MUTE=${mute}/bin" ]; };
  };
  argsOf = name: args: removeAttrs args [ "base" ] // { inherit name; tag = "1"; }
    // lib.optionalAttrs (args ? base) { fromImage = args.base; };
in
{
  names = builtins.attrNames cases;
  mine = lib.mapAttrsToList (name: args: (dockerTools.buildImage (argsOf name args)).plan) cases;
  theirs = lib.mapAttrsToList (_: layerOf) cases;
}
