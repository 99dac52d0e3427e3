# PowerShell completion for mcpgen, made by `mcpgen completions`

Register-ArgumentCompleter -Native -CommandName mcpgen -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { if ($null -ne $_.Value) { $_.Value } else { $_.Extent.Text } })
    # Older versions do not pass an empty argument, so the last word has an option.
    & mcpgen __complete "--typed=$wordToComplete" -- @words 2>$null | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if ($value) {
            if (-not $about) { $about = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
        }
    }
}
