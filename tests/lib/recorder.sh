#!/bin/sh
# A browser that only records the page that it is opened with.
echo "$1" >>"$BROWSER_LOG"
