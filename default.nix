# nixoci's functions, outside of flakes: `import ./. { }`, or with a set of packages of yours.
{ pkgs ? import <nixpkgs> { }, ... } @ args: import ./nix ({ inherit pkgs; } // args)
