/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/write/validate.h"

#include <string.h>

#include "calico/write/defaults.h"
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

json_t *validate_meaning(const struct calico_kind *kind, const json_t *stored,
	const struct write_target *t, struct write_findings *f)
{
	struct calico_rules rules = { 0 };
	err_auto e = { 0 };

	calico_rules_learn(&rules, t->release);
	json_t *v3 = kind->resources[0].to_v3(kind, stored, &rules, &e);

	if (v3)
		defaults_apply(kind, v3, t);
	else
		findings_add(f, "type", "", NULL, NULL, "is nothing that can be stored: %s",
			e.msg ? e.msg : "it is empty");
	return v3;
}
