/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic limits of a WorkloadEndpoint. Annotations of its pod set them. */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "calico/model/convert.h"

#define QOS(name) "qos.projectcalico.org/" name

/* The suffixes of Kubernetes' quantities: powers of 1000 and of 1024. */
static bool scale_of(const char *suffix, double *scale)
{
	static const struct {
		const char *suffix;
		double scale;
	} scales[] = { { "", 1 }, { "n", 1e-9 }, { "u", 1e-6 }, { "m", 1e-3 }, { "k", 1e3 },
		{ "M", 1e6 }, { "G", 1e9 }, { "T", 1e12 }, { "P", 1e15 }, { "E", 1e18 },
		{ "Ki", 0x1p10 }, { "Mi", 0x1p20 }, { "Gi", 0x1p30 }, { "Ti", 0x1p40 },
		{ "Pi", 0x1p50 }, { "Ei", 0x1p60 } };

	for (size_t i = 0; i < ARRAY_LEN(scales); i++)
		if (strcmp(suffix, scales[i].suffix) == 0) {
			*scale = scales[i].scale;
			return true;
		}
	return false;
}

/* "10M", "1.5", "1e3". */
static bool parse_quantity(const char *text, double *value)
{
	const char *digits = text + strspn(text, "+-");
	size_t n = strspn(digits, "0123456789.");
	char_auto *number = xstrndup(text, (size_t)(digits - text) + n);
	const char *suffix = digits + n;
	double scale;
	char *end;

	if (digits - text > 1 || n == 0 || strcmp(digits, ".") == 0)
		return false;
	*value = strtod(number, &end);
	if (*end)
		return false;
	if ((*suffix == 'e' || *suffix == 'E') && suffix[1]) {
		long exponent = strtol(suffix + 1, &end, 10);

		if (strspn(suffix + 1, "+-0123456789") != strlen(suffix + 1) || *end)
			return false;
		*value *= pow(10, (double)exponent);
		return true;
	}
	if (!scale_of(suffix, &scale))
		return false;
	*value *= scale;
	return true;
}

static const struct limit {
	/* older: Kubernetes' annotation; annotation wins over older */
	const char *annotation, *older;
	const char *field;
	double min, max;
	/* when this field is set, the limit is fallback by default; NULL: no default */
	const char *of;
	json_int_t fallback;
} limits[] = {
	{ QOS("ingressBandwidth"), "kubernetes.io/ingress-bandwidth", "ingressBandwidth", 1e3, 1e15,
		NULL, 0 },
	{ QOS("egressBandwidth"), "kubernetes.io/egress-bandwidth", "egressBandwidth", 1e3, 1e15,
		NULL, 0 },
	{ QOS("ingressBurst"), NULL, "ingressBurst", 1e3, 0x1p32, "ingressBandwidth", 1LL << 32 },
	{ QOS("egressBurst"), NULL, "egressBurst", 1e3, 0x1p32, "egressBandwidth", 1LL << 32 },
	{ QOS("ingressPeakrate"), NULL, "ingressPeakrate", 1010, 1.01e15, NULL, 0 },
	{ QOS("egressPeakrate"), NULL, "egressPeakrate", 1010, 1.01e15, NULL, 0 },
	{ QOS("ingressMinburst"), NULL, "ingressMinburst", 1e3, 1e8, NULL, 0 },
	{ QOS("egressMinburst"), NULL, "egressMinburst", 1e3, 1e8, NULL, 0 },
	{ QOS("ingressPacketRate"), NULL, "ingressPacketRate", 1, 1e4, NULL, 0 },
	{ QOS("egressPacketRate"), NULL, "egressPacketRate", 1, 1e4, NULL, 0 },
	{ QOS("ingressPacketBurst"), NULL, "ingressPacketBurst", 1, 1e4, "ingressPacketRate", 5 },
	{ QOS("egressPacketBurst"), NULL, "egressPacketBurst", 1, 1e4, "egressPacketRate", 5 },
	{ QOS("ingressMaxConnections"), NULL, "ingressMaxConnections", 1, UINT32_MAX, NULL, 0 },
	{ QOS("egressMaxConnections"), NULL, "egressMaxConnections", 1, UINT32_MAX, NULL, 0 },
};

/* As in calicoctl, a value beyond 64 bits becomes the minimum. */
static void put_limit(json_t *qos, const struct limit *l, const char *text)
{
	double value;

	if (!text || !parse_quantity(text, &value))
		return;
	value = ceil(value);
	if (value < l->min || value >= 0x1p63)
		value = l->min;
	else if (value > l->max)
		value = l->max;
	json_object_set_new(qos, l->field, json_integer((json_int_t)value));
}

/* A number of 6 bits, or one of the names of RFC 2474, 2597 and 3246. */
static json_t *parse_dscp(const char *text)
{
	static const char *const names[] = { "DF", "EF", "CS0", "CS1", "CS2", "CS3", "CS4", "CS5",
		"CS6", "CS7", "AF11", "AF12", "AF13", "AF21", "AF22", "AF23", "AF31", "AF32",
		"AF33", "AF41", "AF42", "AF43" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], text) == 0)
			return json_string(text);
	if (!*text || strlen(text) > 2 || strspn(text, "0123456789") != strlen(text) ||
		strtol(text, NULL, 10) > 63)
		return NULL;
	return json_integer(strtol(text, NULL, 10));
}

json_t *convert_qos(const json_t *annotations)
{
	const char *dscp = json_str(annotations, QOS("dscp"));
	json_auto_t *qos = json_object();

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct limit *l = &limits[i];

		if (l->older)
			put_limit(qos, l, json_str(annotations, l->older));
		put_limit(qos, l, json_str(annotations, l->annotation));
		if (l->of && json_object_get(qos, l->of) && !json_object_get(qos, l->field))
			json_object_set_new(qos, l->field, json_integer(l->fallback));
	}
	if (dscp)
		json_object_set_new(qos, "dscp", parse_dscp(dscp));
	return json_object_size(qos) > 0 ? steal(&qos) : NULL;
}
