# The SPEC of an image with Nix for one user, as JSON. With nixpkgs:
#
#   nix-instantiate --eval --strict --json -E \
#     'with import <nixpkgs> {}; import ./spec.nix { inherit nix bash coreutils; }' > spec.json
#
# Its packages have to be built before: nixoci reads them from the store.
{
  nix,
  bash,
  coreutils,
  settings ? { },
}:
{
  name = "nix";
  nix = {
    enable = true;
    package = nix;
    channels.nixpkgs = "https://channels.nixos.org/nixos-unstable";
    settings = {
      experimental-features = [ "nix-command" "flakes" ];
    } // settings;
  };
  # What people want to have in it.
  image.interactive = [ bash coreutils ];
  config = {
    Cmd = [ "/bin/bash" ];
    Env = [ "USER=root" "HOME=/root" ];
    WorkingDir = "/root";
  };
}
