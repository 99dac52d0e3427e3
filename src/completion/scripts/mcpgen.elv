# Elvish completion for mcpgen, made by `mcpgen completions`

use str

set edit:completion:arg-completer[mcpgen] = {|@words|
  try {
    e:mcpgen __complete -- $@words 2> /dev/null | from-lines | each {|line|
      var value about = (str:split &max=2 "\t" $line)
      if (not-eq $value '') {
        if (eq $about '') {
          put $value
        } else {
          edit:complex-candidate $value &display=$value' ('$about')'
        }
      } elif (eq $about files) {
        edit:complete-filename $@words
      } elif (eq $about directories) {
        edit:complete-filename $@words
      }
    }
  } catch _ { }
}
