/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/validate.h"

#include <string.h>

#include "calico/write/rules.h"
#include "calico/write/subject.h"

void validate_object(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, struct write_findings *f)
{
	struct subject s = subject_of(kind, object, t, f);
	validate_metadata(&s);
	rules_judge(kind->fields, object, t, f);
	validate_policy(&s);
	validate_pool(&s);
	validate_bgp(&s);
	validate_felix(&s);
	validate_host(&s);
	validate_cluster(&s);
}
