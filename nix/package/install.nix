# Lays the command line out as npm would, and starts it with a Node of its own. What is installed is
# the bundle alone: Node runs no TypeScript below node_modules.
{ pkgs, lib ? pkgs.lib }:
{ name, version, nodejs ? pkgs.nodejs, prepare, env ? { } }:
let
  # What the launcher reads, as the published package.json has it.
  manifest = builtins.toJSON {
    inherit version;
    name = "nixoci";
    type = "module";
    license = "MIT";
    bin.nixoci = "bin/nixoci.js";
    engines.node = ">=22.19";
  };
in
pkgs.runCommand name (env // {
  inherit manifest;
  pname = "nixoci";
  inherit version;
  passAsFile = [ "manifest" ];
  nativeBuildInputs = [ nodejs ] ++ env.nativeBuildInputs or [ ];
  meta = {
    description = "Move, pull, flatten and build container images";
    mainProgram = "nixoci";
    license = lib.licenses.mit;
  };
}) ''
  ${prepare}
  home=$out/lib/node_modules/nixoci
  mkdir -p "$home/dist" $out/bin
  cp -r bin LICENSE "$home/"
  cp -r dist/cli "$home/dist/"
  cp "$manifestPath" "$home/package.json"
  printf '%s\n' '#!${pkgs.runtimeShell}' "exec ${nodejs}/bin/node $home/bin/nixoci.js \"\$@\"" > $out/bin/nixoci
  chmod +x $out/bin/nixoci
  $out/bin/nixoci --version
''
