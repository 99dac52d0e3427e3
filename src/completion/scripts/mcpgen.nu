# Nushell completion for mcpgen, made by `mcpgen completions`

def "nu-complete mcpgen" [spans: list<string>] {
  let found = try { ^mcpgen __complete -- ...$spans | complete | get stdout | lines } catch { [] }
  # Without a list, Nushell completes paths.
  if ($found | any {|line| $line starts-with "\t" }) { return null }
  $found | each {|line|
    let parts = $line | split row "\t"
    { value: $parts.0, description: ($parts | get --optional 1 | default "") }
  }
}

@complete "nu-complete mcpgen"
export extern mcpgen [...words: string]
