/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of etcd's gateway, and values stored in etcd. An answer becomes a page with keys, or an
 * error. A value becomes an object with a name, or an error. Text for people has no control
 * characters. The input is also read as calicoctl's file, and as a list of endpoints.
 */
#include <string.h>

#include "base/json.h"
#include "calico/client/config.h"
#include "calico/store/etcd.h"
#include "calico/store/etcd_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(const struct etcd_kv *kv)
{
	size_t n;
	const struct calico_kind *kinds = calico_kinds(&n);

	for (size_t i = 0; i < n; i++)
		for (int plain = 0; plain < 2; plain++) {
			const struct calico_rules rules = { .plain_names = plain,
				.untiered = plain };
			err_auto e = { 0 };
			json_auto_t *object = etcd_object(&kinds[i], kv, &rules, &e);
			char_auto *prefix = etcd_prefix(&kinds[i], NULL);
			const char *name = json_str(json_object_get(object, "metadata"), "name");

			bool ipam = kinds[i].ipam.first;

			if (object ? !name || !*name : !e.msg && !ipam)
				abort();
			name = etcd_key_name(&kinds[i], NULL, prefix, &kv->key);
			if (name &&
				(!*name || (!ipam && !strchr(name, '/') == kinds[i].namespaced)))
				abort();
		}
}

static void check_page(const char *text, size_t size)
{
	struct etcd_page page;
	err_auto e = { 0 };

	if (etcd_page_parse(&page, text, size, &e) < 0) {
		if (!e.msg || page.kvs || page.n)
			abort();
		return;
	}
	if (page.revision < 0 || (page.more && page.n == 0))
		abort();
	for (size_t i = 0; i < page.n && i < 4; i++) {
		if (page.kvs[i].key.len == 0)
			abort();
		check_value(&page.kvs[i]);
	}
	etcd_page_release(&page);
}

static void check_words(const char *text, size_t size)
{
	char_auto *words = etcd_error_text(text, size);

	for (const unsigned char *p = (const unsigned char *)words; *p; p++)
		if (*p < ' ' || *p == 0x7f)
			abort();
	if (!*words)
		abort();
}

static void check_config(const char *text, size_t size)
{
	struct client_config c;
	err_auto e = { 0 };

	if (client_config_parse(&c, "FILE", text, size, &e) < 0) {
		if (!e.msg || c.path)
			abort();
		return;
	}
	free(client_config_describe(&c));
	client_config_release(&c);
}

static void check_endpoints(const char *text)
{
	err_auto e = { 0 };
	json_auto_t *urls = etcd_endpoints(text, &e);
	const json_t *url;
	size_t i;

	if (!urls && !e.msg)
		abort();
	json_array_foreach(urls, i, url)
		if (strpbrk(json_string_value(url), " \r\n,@?#") || i >= ETCD_MAX_ENDPOINTS)
			abort();
}

/* Checks text as the value of a key, and as the last part of a key. */
static void check_stored(const char *text)
{
	static const char *const keys[] = { ETCD_ROOT "networkpolicies/a/b",
		"/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-26",
		"/calico/ipam/v2/host/a/ipv6/block/fd00::-122", "/calico/ipam/v2/handle/H",
		"/calico/ipam/v2/config" };

	const char *key = keys[strlen(text) % ARRAY_LEN(keys)];
	size_t dir = (size_t)(strrchr(key, '/') - key) + 1;
	struct etcd_kv kv = { .mod_revision = 7 };

	buf_puts(&kv.key, key);
	buf_puts(&kv.value, text);
	check_value(&kv);
	buf_clear(&kv.key);
	buf_putn(&kv.key, key, dir);
	buf_puts(&kv.key, text);
	buf_clear(&kv.value);
	buf_puts(&kv.value, "{}");
	check_value(&kv);
	buf_release(&kv.key);
	buf_release(&kv.value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char_auto *text = xstrndup((const char *)data, size);

	check_page(text, strlen(text));
	check_words(text, strlen(text));
	check_config(text, strlen(text));
	check_endpoints(text);
	check_stored(text);
	return 0;
}
