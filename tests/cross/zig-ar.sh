#!/usr/bin/env bash
# The archiver of ziglang.
exec "${ZIG_PYTHON:?}" -m ziglang ar "$@"
