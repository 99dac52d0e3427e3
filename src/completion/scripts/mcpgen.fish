# fish completion for mcpgen, made by `mcpgen completions`

function __mcpgen_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l typed (commandline --current-token --cut-at-cursor)
    for line in (command mcpgen __complete -- $words "$typed" 2>/dev/null)
        set -l parts (string split --max 1 \t -- $line)
        if test -n "$parts[1]"
            echo $line
            continue
        end
        # An option and its path in one word: fish needs the option in each candidate.
        set -l option (string match --regex -- '^--[^=]*=' $typed)
        set -l path (string replace --regex -- '^--[^=]*=' '' $typed)
        switch $parts[2]
            case files
                printf "$option%s\n" (__fish_complete_path $path)
            case directories
                printf "$option%s\n" (__fish_complete_directories $path '')
        end
    end
end

complete --command mcpgen --no-files --keep-order --arguments '(__mcpgen_complete)'
