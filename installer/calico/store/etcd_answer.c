/* SPDX-License-Identifier: Apache-2.0 */
#include "calico/store/etcd_answer.h"

#include <errno.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/out.h"
#include "calico/model/convert.h"
#include "calico/model/ipam.h"

enum { MAX_MESSAGE = 500 };

/* Pages */

/* protobuf's JSON writes 64-bit numbers as strings. An absent number is 0. */
static int take_number(const json_t *object, const char *field, int64_t *value, struct err *e)
{
	const json_t *v = json_object_get(object, field);
	const char *text = json_string_value(v);
	char *end = NULL;

	*value = json_is_integer(v) ? json_integer_value(v) : 0;
	if (!v || json_is_integer(v))
		return *value >= 0 ? 0 : err_set(e, ERR_FORMAT, 0, "%s is negative", field);
	errno = 0;
	if (text && *text >= '0' && *text <= '9')
		*value = strtoll(text, &end, 10);
	if (!end || *end || errno)
		return err_set(e, ERR_FORMAT, 0, "%s is no number", field);
	return 0;
}

static int take_bytes(const json_t *object, const char *field, struct buf *out, struct err *e)
{
	const json_t *v = json_object_get(object, field);

	if (!v)
		return 0;
	if (!json_is_string(v))
		return err_set(e, ERR_FORMAT, 0, "%s is no string", field);
	return base64_decode(out, json_string_value(v), json_string_length(v), e) < 0
		       ? err_wrap(e, "%s", field)
		       : 0;
}

static int parse_page(struct etcd_page *page, const json_t *answer, struct err *e)
{
	const json_t *header = json_object_get(answer, "header"), *kv;
	const json_t *kvs = json_object_get(answer, "kvs");
	size_t i;

	if (!json_is_object(header) || (kvs && !json_is_array(kvs)))
		return err_set(e, ERR_FORMAT, 0, "it has no header or no list of keys");
	if (take_number(header, "revision", &page->revision, e) < 0)
		return -1;
	page->more = json_is_true(json_object_get(answer, "more"));
	page->kvs = xcalloc(json_array_size(kvs) + 1, sizeof(*page->kvs));
	json_array_foreach(kvs, i, kv) {
		struct etcd_kv *to = &page->kvs[page->n++];

		if (take_bytes(kv, "key", &to->key, e) < 0 ||
			take_bytes(kv, "value", &to->value, e) < 0 ||
			take_number(kv, "mod_revision", &to->mod_revision, e) < 0)
			return -1;
		if (to->key.len == 0)
			return err_set(e, ERR_FORMAT, 0, "a key is empty");
	}
	if (page->more && page->n == 0)
		return err_set(e, ERR_FORMAT, 0, "it says that there is more, and has no key");
	return 0;
}

int etcd_page_parse(struct etcd_page *page, const char *text, size_t len, struct err *e)
{
	json_auto_t *answer = json_parse(text, len, e);

	*page = (struct etcd_page){ 0 };
	if (answer && parse_page(page, answer, e) == 0)
		return 0;
	etcd_page_release(page);
	return err_wrap(e, "this is no answer of etcd's v3 gateway");
}

void etcd_page_release(struct etcd_page *page)
{
	for (size_t i = 0; i < page->n; i++) {
		buf_release(&page->kvs[i].key);
		buf_release(&page->kvs[i].value);
	}
	free(page->kvs);
	*page = (struct etcd_page){ 0 };
}

char *etcd_error_text(const char *text, size_t len)
{
	err_auto ignored = { 0 };
	json_auto_t *answer = json_parse(text, len, &ignored);
	const char *message = json_str(answer, "message");
	buf_auto out = { 0 };

	if (!message)
		message = json_str(answer, "error");
	while (!message && len > 0 && strchr("\r\n\t ", text[len - 1]))
		len--;
	char_auto *clean = message ? xstrdup(message) : xstrndup(text, len);

	out_sanitize(clean); /* before the text is cut: else half a credential would stay */
	size_t n = strlen(clean);

	out_plain(&out, clean, n < MAX_MESSAGE ? n : MAX_MESSAGE);
	return out.len ? buf_steal(&out) : xstrdup("an empty answer");
}

/* Keys */

char *etcd_prefix(const struct calico_kind *kind, const char *ns)
{
	if (kind->ipam.first)
		return xasprintf(IPAM_ROOT "%s", kind->ipam.first);
	return xasprintf(ETCD_ROOT "%s/%s%s", kind->plural, ns ? ns : "", ns ? "/" : "");
}

void etcd_prefix_end(const struct calico_kind *kind, const char *prefix, struct buf *end)
{
	if (kind->ipam.last)
		buf_printf(end, IPAM_ROOT "%s", kind->ipam.last);
	else
		buf_puts(end, prefix);
	end->data[end->len - 1]++;
}

const char *etcd_key_name(
	const struct calico_kind *kind, const char *ns, const char *prefix, const struct buf *key)
{
	const char *name = buf_str(key), *slash;

	if (strlen(name) != key->len)
		return NULL;
	if (kind->ipam.first)
		return has_prefix(name, IPAM_ROOT) && name[strlen(IPAM_ROOT)]
			       ? name + strlen(IPAM_ROOT)
			       : NULL;
	if (!has_prefix(name, prefix))
		return NULL;
	name += strlen(prefix);
	slash = strchr(name, '/');
	/* In a list of all namespaces, the rest of a key is NAMESPACE/NAME. */
	if (kind->namespaced && !ns)
		return slash && slash > name && slash[1] && !strchr(slash + 1, '/') ? name : NULL;
	return *name && !slash ? name : NULL;
}

const char *etcd_key_object(const struct calico_kind *kind, const struct buf *key)
{
	char_auto *prefix = etcd_prefix(kind, NULL);
	const char *name = etcd_key_name(kind, NULL, prefix, key);

	return name ? name : buf_str(key);
}

/* Values */

/* IPAM objects get their name from the key; the values of other kinds have it. */
static json_t *stored_object(
	const struct calico_kind *kind, const struct etcd_kv *kv, struct err *e)
{
	json_auto_t *value = NULL;
	const char *key = NULL;

	if (!kind->ipam.first)
		return json_parse(buf_str(&kv->value), kv->value.len, e);
	key = etcd_key_name(kind, NULL, NULL, &kv->key);
	if (kv->value.len > 0)
		value = json_parse(buf_str(&kv->value), kv->value.len, e);
	return key && (value || kv->value.len == 0) ? kind->ipam.to_v3(key, value, e) : NULL;
}

json_t *etcd_object(const struct calico_kind *kind, const struct etcd_kv *kv,
	const struct calico_rules *rules, struct err *e)
{
	json_auto_t *object = stored_object(kind, kv, e);
	char_auto *revision = xasprintf("%lld", (long long)kv->mod_revision);

	if (!object)
		return NULL;
	json_t *meta = json_object_get(object, "metadata");

	if (json_is_object(meta))
		json_object_set_new(meta, "resourceVersion", json_string(revision));
	if (rules->plain_names && calico_is_policy(kind))
		convert_kept_name(object, rules);
	json_t *whole = convert_v3(kind, object, rules, e);
	const char *name = json_str(json_object_get(whole, "metadata"), "name");

	if (!whole || (name && *name))
		return whole;
	json_decref(whole);
	err_set(e, ERR_FORMAT, 0, "metadata.name is missing");
	return NULL;
}
