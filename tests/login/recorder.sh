#!/bin/sh
# A browser that only remembers being called.
echo "$1" >>"$BROWSER_LOG"
