# Makes a list in the format CycloneDX 1.5 of what is in the program, from the output of `cargo metadata`.
# `$normal` has a line for each crate in the program, as `cargo tree` prints it, and `$lock` is Cargo.lock.
($normal | split("\n") | map(select(. != "") | split(" ") | .[0] + "@" + (.[1] | ltrimstr("v"))) | unique) as $names
| ([$lock | scan("name = \"([^\"]+)\"\nversion = \"([^\"]+)\"\nsource = \"[^\"]+\"\nchecksum = \"([0-9a-f]+)\"")
    | { key: (.[0] + "@" + .[1]), value: .[2] }] | from_entries) as $checksums
| def key: .name + "@" + .version;
  def purl: "pkg:cargo/" + key;
  def component($type): {
    type: $type,
    "bom-ref": purl,
    name,
    version,
    purl: purl,
    licenses: [{ expression: (.license | gsub("/"; " OR ")) }]
  } + (if $checksums[key] then { hashes: [{ alg: "SHA-256", content: $checksums[key] }] } else {} end);
  [.packages[] | select(key as $key | $names | index($key))] as $packages
| ($packages | map({ key: .id, value: purl }) | from_entries) as $purls
| {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      timestamp: ($epoch | tonumber | todate),
      component: ($packages[] | select(.name == "mcpgen") | component("application"))
    },
    components: [$packages[] | select(.name != "mcpgen") | component("library")] | sort_by(.purl),
    dependencies: [
      .resolve.nodes[] | select($purls[.id]) | {
        ref: $purls[.id],
        dependsOn: [.deps[] | select(any(.dep_kinds[]; .kind == null)) | $purls[.pkg] // empty] | unique
      }
    ] | sort_by(.ref)
  }
