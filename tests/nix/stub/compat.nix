# What the project uses of today's lib and the one of 2022 lacks. Whatever else is missing fails loudly.
lib:
lib.extend (
  final: _prev: {
    getExe' = package: name: "${final.getBin package}/bin/${name}";
    fileset = {
      unions = final.id;
      # A path stands for itself and, where it is a folder, for everything below.
      toSource =
        { root, fileset }:
        let
          wanted = map toString fileset;
          isWanted =
            path: file: path == file || final.hasPrefix "${file}/" path || final.hasPrefix "${path}/" file;
        in
        builtins.path {
          path = root;
          name = "source";
          filter = path: _: builtins.any (isWanted path) wanted;
        };
    };
  }
)
