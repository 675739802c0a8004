# What the functions take of the machine that builds, and what goes into images. Nothing of an image
# comes from the first, and no program that runs in a build from the second.
{ pkgs, lib, nixoci }:
let
  build = pkgs.buildPackages or pkgs;
  host = pkgs.stdenv.hostPlatform;
  # Where nixpkgs does not say it itself (before 25.05).
  names = { x86_64 = "amd64"; aarch64 = "arm64"; i686 = "386"; armv7l = "arm"; armv6l = "arm"; powerpc64le = "ppc64le"; };
  cpu = builtins.head (lib.splitString "-" host.system);
in
{
  inherit nixoci;
  inherit (build) runCommand writeText writeScript writeScriptBin jq;
  runtimeShell = build.runtimeShell;
  # Whether the machine that builds has namespaces, which scripts of layers run in.
  isLinux = build.stdenv.hostPlatform.isLinux or true;

  # Of the image, by Go's names; images are for Linux on whichever machine they are made.
  architecture = host.go.GOARCH or names.${cpu} or cpu;
  variant = let arm = host.go.GOARM or { armv7l = "7"; armv6l = "6"; }.${cpu} or ""; in
    if arm == "" || arm == null then null else "v${toString arm}";

  # The shell of images, for people. Newer packages have one bash alone, which is for them, too.
  shellOfImages = pkgs.bashInteractive or pkgs.bash;

  # What scripts find: as stdenv's builds have it, as far as scripts for images need it. They run on
  # the machine that builds.
  sandboxTools = with build; [ util-linux gnutar fakeroot ];

  scriptTools = with build; [ bash coreutils ] ++ lib.optionals (build ? gnused) [
    gnused gnugrep findutils gnutar gzip gawk diffutils
  ];
}
