/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Valid objects of any kind and release, made from the table of Calico's Go types: what a person
 * could write, and more fields at once than a person would. The same seed makes the same objects.
 */
#ifndef TESTS_TOOLS_GENERATE_H
#define TESTS_TOOLS_GENERATE_H

#include "calico/write/input.h"
#include "engine/judge/fit.h"

struct generator {
	struct write_target target;
	struct fit *fit; /* with the CRDs of the release */
	unsigned long long state; /* the seed; not 0 */
};

/* Kinds that people write, closed by NULL; those of etcd alone come last. */
extern const char *const generated_kinds[];
/*
 * One object, projectcalico.org/v3, as a file would have it: a new one. serial: its name has it,
 * and no two pools of different numbers overlap (0 to 255). NULL: the release lacks the kind.
 */
json_t *generate_object(struct generator *g, const char *kind, unsigned serial);

#endif
