# An executable that writes what `docker load` takes, and is a file of a kilobyte.
{ lib, tools }:
let
  # As dockerTools' script: of a plan, with another name where `--repo_tag` says one.
  streamScript = tools.writeScript "stream" ''
    #!${tools.runtimeShell}
    set -eu
    plan=$1
    shift
    name=--all # the name that the plan has
    place=docker-archive:-
    words=()
    while [ $# -gt 0 ]; do
      case $1 in
        -t | --repo_tag) name= place=docker-archive:-:''${2?a name is missing after $1}; shift ;;
        --repo_tag=*) name= place=docker-archive:-:''${1#*=} ;;
        *) words+=("$1") ;;
      esac
      shift
    done
    exec ${tools.nixoci}/bin/nixoci copy $name "nix:$plan" "$place" ''${words[@]+"''${words[@]}"}
  '';
in
{ name, plan, env ? { }, passthru ? { }, meta ? { } }:
let
  stream = tools.runCommand name ({
    conf = plan;
    inherit streamScript;
    inherit (plan) imageName;
    meta = { mainProgram = name; } // meta;
    passthru = passthru // {
      inherit streamScript bin;
      isExe = true;
    };
    preferLocalBuild = true;
  } // env) ''
    printf '%s\n' '#!${tools.runtimeShell}' "exec $streamScript $conf \"\$@\"" > $out
    chmod +x $out
  '';
  # `lib.getExe` looks for a program below a folder; the stream itself has to stay a file that runs.
  bin = tools.runCommand "${name}-bin" { preferLocalBuild = true; } ''
    mkdir -p $out/bin
    ln -s ${stream} $out/bin/${name}
  '';
in
stream
