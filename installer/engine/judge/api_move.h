/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The move of Calico's objects from crd.projectcalico.org/v1 to projectcalico.org/v3. Upstream's
 * controller of DatastoreMigrations does the move (projectcalico/calico,
 * kube-controllers/pkg/controllers/migration). Pure: what one object becomes, and which faults are
 * known.
 */
#ifndef ENGINE_JUDGE_API_MOVE_H
#define ENGINE_JUDGE_API_MOVE_H

#include "base/digest.h"
#include "calico/model/kinds.h"

/* Annotation of objects that the controller wrote: the uid of the DatastoreMigration. */
#define API_MOVE_MIGRATED_BY "migration.projectcalico.org/migrated-by"

/* True: the controller moves the kind, because both groups have it as a custom resource. */
bool api_move_has(const struct calico_kind *kind);
/* "NAMESPACE/NAME" or "NAME" of a v3 object; the caller frees it. */
char *api_move_key(const json_t *object);
/*
 * What must be equal in two objects: a new object {labels, spec}. object comes from
 * convert_resource; the result also has what admission policies fill in. Absent and empty are
 * equal.
 */
json_t *api_move_content(const struct calico_kind *kind, const json_t *object);
void api_move_digest(const json_t *content, char hex[SHA256_HEX_SIZE]);
/*
 * The object that the controller creates, a new one; object comes from convert_resource of a v1
 * object.
 */
json_t *api_move_created(const struct calico_kind *kind, const json_t *object);
/*
 * Why the controller stops at this object, or waits because of it; object comes from
 * convert_resource of a v1 object. The caller frees the text; NULL: no reason is known. Does not
 * check the schema and rules of the CRD.
 */
char *api_move_problem(const struct calico_kind *kind, const json_t *object);
/*
 * True: a policy without types. Admission policies add the types to its copy, which then differs.
 */
bool api_move_is_untyped(const struct calico_kind *kind, const json_t *object);
/* Known faults of the controller of a release, "v3.32.1"; NULL: none are known. */
const char *api_move_defects(const char *release);

#endif
