# Fixed numbers of users and groups.
{ lib, ... }:
let numbers = lib.mkOption { type = lib.types.attrsOf lib.types.int; default = { }; internal = true; }; in
{
  options.ids = { uids = numbers; gids = numbers; };
  config.ids = { uids.pages = 61; gids.pages = 61; };
}
