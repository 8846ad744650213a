// SPDX-License-Identifier: Apache-2.0

// What Go's regexp, which the API server uses, says of every pattern and input of patterns.json:
//
//	go run tests/unit/data/schema/patterns.go <tests/unit/data/schema/patterns.json
//
// prints the file with each "match" computed anew. A pattern that Go refuses has "invalid": true.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
)

type pattern struct {
	Pattern      string   `json:"pattern"`
	NotEvaluated bool     `json:"notEvaluated,omitempty"`
	Invalid      bool     `json:"invalid,omitempty"`
	Match        []string `json:"match"`
}

type table struct {
	Inputs   []string  `json:"inputs"`
	Slow     []string  `json:"slow"`
	Patterns []pattern `json:"patterns"`
}

func line(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func main() {
	var t table
	if err := json.NewDecoder(os.Stdin).Decode(&t); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("{\n\"inputs\": %s,\n\"slow\": %s,\n\"patterns\": [\n", line(t.Inputs), line(t.Slow))
	for i, p := range t.Patterns {
		p.Match = []string{}
		re, err := regexp.Compile(p.Pattern)
		p.Invalid = err != nil
		for _, list := range [][]string{t.Inputs, t.Slow} {
			for _, input := range list {
				if err == nil && re.MatchString(input) {
					p.Match = append(p.Match, input)
				}
			}
		}
		comma := ","
		if i == len(t.Patterns)-1 {
			comma = ""
		}
		fmt.Printf("%s%s\n", line(p), comma)
	}
	fmt.Println("]\n}")
}
