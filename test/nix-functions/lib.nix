# What our functions call of nixpkgs' lib, so that they can be tried where there is no nixpkgs.
let lib = import ./basics.nix // import ./modules.nix lib; in lib
