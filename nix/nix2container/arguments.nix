# Arguments that images and layers share.
{ check }:
let
  inherit (check) optional;
  inherit (check.kinds) nullable paths number list listOf;
  layers = {
    what = "a layer that buildLayer made";
    is = value: builtins.isAttrs value && value ? nestedLayers;
  };
in
{
  common = {
    copyToRoot = optional (nullable paths) null;
    contents = optional (nullable paths) null; # deprecated
    layers = optional (listOf layers) [ ];
    perms = optional list [ ];
    maxLayers = optional number 1;
  };

  # What is copied to the root, by its old name too.
  copiedOf = { function, rootsFor, lib }: args:
    if args.contents != null && args.copyToRoot != null then
      check.refuse function "contents and copyToRoot are two names of one thing; give copyToRoot alone"
    else lib.warnIf (args.contents != null)
      "The contents parameter is deprecated. Change to copyToRoot if the contents are designed to be copied to the root filesystem, such as when you use `buildEnv` or similar between contents and your packages. Use copyToRoot = buildEnv { ... }; or similar if you intend to add packages to /bin."
      (if args.contents != null then rootsFor function "contents" args.contents
       else rootsFor function "copyToRoot" args.copyToRoot);

  # Rules name store paths, which are texts in the SPEC.
  permsOf = function: map (rule:
    if !(builtins.isAttrs rule) || !(rule ? path) || !(rule ? regex) then
      check.refuse function "perms must be a list of { path, regex, mode }, and has ${check.kinds.describe rule}"
    else rule // { path = "${rule.path}"; });

  # Those below a layer come before it.
  nestedOf = lib: layers: lib.unique (lib.flatten (map (layer: layer.nestedLayers ++ [ layer ]) layers));
}
