/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes valid objects of any kind and release from the table of Calico's Go types. The objects have
 * values that a person could write, and more fields at once than a person would. The same seed
 * makes the same objects.
 */
#ifndef TESTS_TOOLS_GENERATE_H
#define TESTS_TOOLS_GENERATE_H

#include "calico/write/input.h"
#include "engine/judge/fit.h"

struct generator {
	struct write_target target;
	struct fit *fit; /* judges with the CRDs of the release */
	unsigned long long state; /* random state: the seed, not 0 */
};

/* Kinds that people write, closed by NULL; kinds of etcd alone are last. */
extern const char *const generated_kinds[];
/*
 * A new object, projectcalico.org/v3, in the form of a file. Its name contains serial. Pools with
 * different serials (0 to 255) do not overlap. NULL: the release lacks the kind.
 */
json_t *generate_object(struct generator *g, const char *kind, unsigned serial);

#endif
