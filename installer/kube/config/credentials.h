/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads certificates, keys and tokens into memory, from the fields of a kubeconfig entry or from
 * files. The checks are only good enough to name the right place in an error. The caller owns the
 * results, which are NULL when there is none. Working copies are overwritten, and no error quotes a
 * secret.
 */
#ifndef KUBE_CONFIG_CREDENTIALS_H
#define KUBE_CONFIG_CREDENTIALS_H

#include "kube/config/kubeconfig.h"

/* FIELD is a path, FIELD-data is base64. Both at once are an error. */
CHECKED int credentials_pem(
	const struct kubeconfig_entry *entry, const char *field, char **pem, struct err *e);
CHECKED int credentials_pem_file(const char *path, char **pem, struct err *e);
/* tokenFile overrides token, unless the file cannot be read or is empty. */
CHECKED int credentials_token(const struct kubeconfig_entry *entry, char **token, struct err *e);
/* Removes white space at both ends. NULL: nothing is left. White space inside is an error. */
CHECKED int credentials_trim_token(const char *text, size_t len, char **token, struct err *e);
/* Like credentials_trim_token, with the text of a file. */
CHECKED int credentials_token_file(const char *path, char **token, struct err *e);

#endif
