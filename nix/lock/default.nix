# Images of a lockfile as bases: `fromLock ./nixoci.lock.json "alpine"`. The lock has every digest, so
# nothing else has to be pinned, and nothing is fetched twice.
{ pkgs, lib, tools, check }:
let
  inherit (builtins) attrNames concatStringsSep filter head length match;
  function = "nixoci.lib.fromLock";
  inherit (check) refuse;
  fetchBlob = import ./blob.nix { inherit pkgs lib tools; };
  makeLayout = import ./layout.nix { inherit lib tools; };

  # As `docker pull` reads a name: docker.io and library/ where they are left out.
  repositoryOf = name: let
    first = head (lib.splitString "/" name);
    hasHost = match ".*/.*" name != null && (match ".*[.:].*" first != null || first == "localhost");
  in
    if hasHost then name
    else if match ".*/.*" name != null then "docker.io/${name}"
    else "docker.io/library/${name}";

  # The entry's name; without a tag the one that there is of the repository.
  select = images: name: let
    split = match "(.*[^/:]):([A-Za-z0-9_][A-Za-z0-9._-]*)" name;
    hasTag = split != null && match ".*/.*" (lib.last split) == null;
    repository = repositoryOf (if hasTag then head split else name);
    full = "${repository}:${lib.last split}";
    of = filter (key: images.${key}.repository == repository) (attrNames images);
    names = concatStringsSep ", ";
  in
    if hasTag && images ? ${full} then full
    else if hasTag then refuse function "the lock has no ${full}; it has ${names (attrNames images)}"
    else if of == [ ] then refuse function "the lock has no image of ${repository}; it has ${names (attrNames images)}"
    else if length of > 1 then refuse function "${name} is one of ${names of}; name the tag"
    else head of;

  defaultPlatform = "linux/${tools.architecture}"
    + lib.optionalString (tools.variant != null) "/${tools.variant}";

  platformOf = key: entry: wanted:
    entry.platforms.${wanted} or (refuse function
      "${key} is not locked for ${wanted}, but for ${concatStringsSep ", " (attrNames entry.platforms)}; run nixoci lock add --platform ${wanted} ${key}");
in
rec {
  # Another platform: `fromLockFor "linux/arm64" ./nixoci.lock.json "alpine"`.
  fromLockFor = platform: file: name: let
    lock = if check.kinds.path.is file then lib.importJSON file
      else refuse function "the lock must be ${check.kinds.path.what}, and is ${check.kinds.describe file}";
    key = if lock.version or null != 1
      then refuse function "${toString file} is of version ${toString (lock.version or "none")}, and 1 is what is known here"
      else select lock.images name;
    entry = lock.images.${key};
    locked = platformOf key entry platform;
    blob = kind: descriptor: {
      inherit (descriptor) digest;
      file = fetchBlob {
        inherit (entry) repository;
        inherit (descriptor) digest size;
        inherit kind;
      };
    };
  in makeLayout {
    name = lib.strings.sanitizeDerivationName "locked-${baseNameOf entry.repository}-${entry.tag or "image"}";
    manifest = { inherit (locked.manifest) mediaType digest size; };
    blobs = [ (blob "manifest" locked.manifest) (blob "config" locked.config) ]
      ++ map (blob "layer") locked.layers;
    passthru = { imageName = entry.repository; imageTag = entry.tag or null; imageDigest = locked.manifest.digest; };
  };

  fromLock = fromLockFor defaultPlatform;
}
