# As nixpkgs lists its modules: here two of services, in the way that NixOS's are written.
[
  ./misc/ids.nix
  ./services/web-servers/pages.nix
  ./services/web-servers/twice.nix
  ./services/web-servers/twice/default.nix
]
