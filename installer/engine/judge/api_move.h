/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The move of Calico's objects from crd.projectcalico.org/v1 to projectcalico.org/v3, which
 * upstream's controller of DatastoreMigrations carries out (projectcalico/calico,
 * kube-controllers/pkg/controllers/migration). Pure: what becomes of one object, and what is known
 * to go wrong.
 */
#ifndef ENGINE_JUDGE_API_MOVE_H
#define ENGINE_JUDGE_API_MOVE_H

#include "base/digest.h"
#include "calico/model/kinds.h"

/* On objects that the controller has written: the uid of the DatastoreMigration. */
#define API_MOVE_MIGRATED_BY "migration.projectcalico.org/migrated-by"

/* Whether the controller moves the kind: it is a custom resource in both groups. */
bool api_move_has(const struct calico_kind *kind);
/* "NAMESPACE/NAME" or "NAME" of a v3 object; the caller's. */
char *api_move_key(const json_t *object);
/*
 * What two objects have to agree in: {labels, spec} of one that convert_resource gave, with what
 * admission policies fill in. Absent and empty is the same. A new object.
 */
json_t *api_move_content(const struct calico_kind *kind, const json_t *object);
void api_move_digest(const json_t *content, char hex[SHA256_HEX_SIZE]);
/* What the controller creates of a v3 object that convert_resource made of one of v1: a new one. */
json_t *api_move_created(const struct calico_kind *kind, const json_t *object);
/*
 * Why the controller stops at a v3 object that convert_resource made of one of v1, or waits because
 * of it; the caller's, NULL: nothing is known. Schema and rules of the CRD are not looked at.
 */
char *api_move_problem(const struct calico_kind *kind, const json_t *object);
/* A policy without types: its copy gets them from the admission policies, and then differs. */
bool api_move_is_untyped(const struct calico_kind *kind, const json_t *object);
/* What is known to go wrong with the controller of a release, "v3.32.1"; NULL: nothing is known. */
const char *api_move_defects(const char *release);

#endif
