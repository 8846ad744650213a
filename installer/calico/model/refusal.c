/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/model/refusal.h"

#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"
#include "calico/model/decode.h"

/* Whether calicoctl refuses the value; e gets the first problem. */
static bool is_refused(const struct calico_struct *fields, const json_t *value,
	const struct calico_rules *rules, struct err *e)
{
	err_auto why = { 0 };
	json_auto_t *same = convert_typed(fields, value, rules, DECODE_JUDGE, &why);

	if (same && !why.msg)
		return false;
	err_move(e, &why);
	return true;
}

/* Judges the annotation: calicoctl shows the metadata in it. */
static bool annotation_is_refused(
	const json_t *stored, const struct calico_rules *rules, struct err *e)
{
	const json_t *text =
		json_at(stored, "metadata", "annotations", CALICO_METADATA_ANNOTATION, NULL);
	err_auto why = { 0 };

	if (!json_is_string(text))
		return false;
	json_auto_t *metadata = json_parse(json_string_value(text), json_string_length(text), &why);

	if (metadata && (json_is_null(metadata) ||
				!is_refused(&calico_metadata, metadata, rules, &why)))
		return false;
	err_move(e, &why);
	err_wrap(e, "the annotation " CALICO_METADATA_ANNOTATION);
	return true;
}

/* A pod without an endpoint is common and is not refused. */
static bool pod_is_refused(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e)
{
	err_auto why = { 0 };
	json_auto_t *endpoint = convert_pod(kind, stored, rules, &why);

	err_move(e, &why);
	return !endpoint && e->msg;
}

enum calico_refusal calico_refuses(const struct calico_kind *kind, const json_t *stored,
	const struct calico_rules *rules, struct err *e)
{
	if (!kind)
		return CALICO_READS;
	if (kind->resources[0].to_v3 == convert_node)
		return convert_node_panics(stored, rules, e) ? CALICO_LIST_FAILS : CALICO_READS;
	if (kind->resources[0].to_v3 == convert_pod)
		return pod_is_refused(kind, stored, rules, e) ? CALICO_LEFT_OUT : CALICO_READS;
	if (kind->resources[0].to_v3 != convert_resource)
		return CALICO_READS;
	if (is_refused(kind->fields, stored, rules, e))
		return CALICO_LIST_FAILS;
	if (!rules->v3 && annotation_is_refused(stored, rules, e))
		return CALICO_LEFT_OUT;
	return CALICO_READS;
}

const struct calico_kind *calico_kind_of_crd(const char *group, const char *kind)
{
	err_auto none = { 0 };

	if (strcmp(group, "crd.projectcalico.org") != 0 && strcmp(group, "projectcalico.org") != 0)
		return NULL;
	return calico_kind_find(kind, &none);
}
