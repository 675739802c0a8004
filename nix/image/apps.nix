# Programs that bring an image somewhere: for `nix run .#image.copyToRegistry`. They run on the
# machine of whoever calls them, with their own credentials, and take further flags of `nixoci copy`.
{ lib, tools }:
let
  app = name: text:
    tools.writeScriptBin name ''
      #!${tools.runtimeShell}
      set -eu
      ${text}
    '';
  nixoci = "${tools.nixoci}/bin/nixoci";
in
plan:
let
  image = "${plan.imageName}:${plan.imageTag}";
  to = destination: ''exec ${nixoci} copy nix:${plan} ${lib.escapeShellArg destination} "$@"'';
  copyTo = app "copy-to" ''exec ${nixoci} copy nix:${plan} "$@"'';
  copyToRegistry = app "copy-to-registry" (to "registry:${image}");
  copyToDockerDaemon = app "copy-to-docker-daemon" (to "daemon:${image}");
  copyToPodman = app "copy-to-podman" (to "podman:${image}");
in
{
  inherit copyTo copyToRegistry copyToDockerDaemon copyToPodman;
  load = copyToDockerDaemon;
  push = copyToRegistry;
  copy = copyTo;
  # What leaves the machine for others: compressed layers, and with --dry-run only the list.
  publish = app "publish" ''
    exec ${nixoci} copy --compress gzip nix:${plan} ${lib.escapeShellArg "registry:${image}"} "$@"
  '';
}
