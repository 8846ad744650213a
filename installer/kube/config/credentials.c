/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/config/credentials.h"

#include <string.h>

#include "base/base64.h"
#include "kube/config/config.h"

/* Certificates and keys */

static int check_pem(const struct buf *text, struct err *e)
{
	const char *s = buf_str(text);

	if (strlen(s) != text->len)
		return err_set(e, ERR_FORMAT, 0, "contains NUL bytes, so it is not PEM");
	if (!strstr(s, "-----BEGIN "))
		return err_set(e, ERR_FORMAT, 0,
			"is not PEM: no line starts with -----BEGIN; convert it with openssl");
	if (strstr(s, "-----BEGIN ENCRYPTED ") || strstr(s, "Proc-Type: 4,ENCRYPTED"))
		return err_set(e, ERR_FORMAT, 0,
			"is encrypted, and nothing here asks for a passphrase; decrypt it with "
			"\"openssl pkey -in FILE -out FILE\"");
	return 0;
}

static int decode_pem(const char *data, char **pem, struct err *e)
{
	struct buf text = { 0 };
	if (strstr(data, "-----BEGIN "))
		return err_set(e, ERR_FORMAT, 0,
			"holds PEM, but must be the base64 of PEM; encode it with \"base64 -w0\", "
			"or name a file in the field without -data");
	int rc = base64_decode(&text, data, strlen(data), e);

	/* "-----BEGIN " in base64 */
	if (rc == 0 && has_prefix(buf_str(&text), "LS0tLS1CRUdJTi"))
		rc = err_set(e, ERR_FORMAT, 0,
			"is base64 twice; decode it once with \"base64 -d\"");
	if (rc == 0)
		rc = check_pem(&text, e);
	if (rc == 0)
		*pem = buf_steal(&text);
	buf_wipe(&text);
	return rc;
}

int credentials_pem_file(const char *path, char **pem, struct err *e)
{
	struct buf text = { 0 };
	int rc = buf_read_file(&text, path, KUBE_CONFIG_MAX_FILE, e);

	if (rc == 0 && check_pem(&text, e) < 0)
		rc = err_wrap(e, "%s", path);
	if (rc == 0)
		*pem = buf_steal(&text);
	buf_wipe(&text);
	return rc;
}

int credentials_pem(
	const struct kubeconfig_entry *entry, const char *field, char **pem, struct err *e)
{
	char_auto *data_field = xasprintf("%s-data", field);
	const char *path, *data;

	if (kubeconfig_string(entry, field, &path, e) < 0 ||
		kubeconfig_string(entry, data_field, &data, e) < 0)
		return -1;
	if (path && data) {
		err_set(e, ERR_FORMAT, 0, "is set, and %s as well; remove one of the two",
			data_field);
		return kubeconfig_blame(entry, field, e);
	}
	if (!path && !data)
		return 0;
	char_auto *resolved = path ? kubeconfig_resolve(entry, path) : NULL;
	int rc = path ? credentials_pem_file(resolved, pem, e) : decode_pem(data, pem, e);

	return rc < 0 ? kubeconfig_blame(entry, path ? field : data_field, e) : 0;
}

/* Tokens */

int credentials_trim_token(const char *text, size_t len, char **token, struct err *e)
{
	static const char space[] = " \t\r\n\v\f";

	while (len > 0 && text[len - 1] && strchr(space, text[len - 1]))
		len--;
	for (; len > 0 && *text && strchr(space, *text); len--)
		text++;
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] >= 0x7f)
			return err_set(e, ERR_FORMAT, 0,
				"is no token: it has white space or control characters inside");
	if (len > 0)
		*token = xstrndup(text, len);
	return 0;
}

int credentials_token_file(const char *path, char **token, struct err *e)
{
	struct buf text = { 0 };
	int rc = buf_read_file(&text, path, KUBE_CONFIG_MAX_FILE, e);

	if (rc == 0 && credentials_trim_token(buf_str(&text), text.len, token, e) < 0)
		rc = err_wrap(e, "%s", path);
	buf_wipe(&text);
	return rc;
}

/* 1: the file cannot be read or is empty; e gives the reason. */
static int try_token_file(const char *path, char **token, struct err *e)
{
	if (credentials_token_file(path, token, e) < 0)
		return e->kind == ERR_IO ? 1 : -1;
	if (*token)
		return 0;
	err_set(e, ERR_FORMAT, 0, "%s: is empty; write a token into it", path);
	return 1;
}

int credentials_token(const struct kubeconfig_entry *entry, char **token, struct err *e)
{
	const char *text, *file;

	if (kubeconfig_string(entry, "token", &text, e) < 0 ||
		kubeconfig_string(entry, "tokenFile", &file, e) < 0)
		return -1;
	if (file) {
		char_auto *path = kubeconfig_resolve(entry, file);
		err_auto failed = { 0 };
		int rc = try_token_file(path, token, &failed);

		if (rc == 0)
			return 0;
		if (rc < 0 || !text) {
			err_move(e, &failed);
			return kubeconfig_blame(entry, "tokenFile", e);
		}
	}
	if (!text)
		return 0;
	if (credentials_trim_token(text, strlen(text), token, e) == 0 && !*token)
		err_set(e, ERR_FORMAT, 0, "is nothing but white space; put a token there");
	return *token ? 0 : kubeconfig_blame(entry, "token", e);
}
