#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The verdicts on patterns that the unit tests use are those of Go's regexp.
. tests/lib/shell.sh

verdicts_are_current() {
	go run tests/unit/data/schema/patterns.go <tests/unit/data/schema/patterns.json |
		diff tests/unit/data/schema/patterns.json -
}

if command -v go >/dev/null; then
	claim "the verdicts in tests/unit/data/schema/patterns.json are those of Go's regexp" verdicts_are_current
else
	skip "the verdicts in tests/unit/data/schema/patterns.json are those of Go's regexp" "no go here"
fi
finish
