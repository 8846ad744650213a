/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates, keys and tokens, from the fields of a kubeconfig entry or from files, read into
 * memory and looked at just enough to blame the right place. What comes back is the caller's, NULL
 * when there is none; working copies are overwritten, and no error quotes a secret.
 */
#ifndef KUBE_CONFIG_CREDENTIALS_H
#define KUBE_CONFIG_CREDENTIALS_H

#include "kube/config/kubeconfig.h"

/* FIELD is a path, FIELD-data base64; both at once are an error. */
CHECKED int credentials_pem(
	const struct kubeconfig_entry *entry, const char *field, char **pem, struct err *e);
CHECKED int credentials_pem_file(const char *path, char **pem, struct err *e);
/* tokenFile wins over token unless it cannot be read or is empty. */
CHECKED int credentials_token(const struct kubeconfig_entry *entry, char **token, struct err *e);
/* Without the white space around it; NULL for nothing else; white space inside is an error. */
CHECKED int credentials_trim_token(const char *text, size_t len, char **token, struct err *e);
/* The same of a file; NULL for a file that has nothing else. */
CHECKED int credentials_token_file(const char *path, char **token, struct err *e);

#endif
