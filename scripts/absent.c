/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the static program alone. Debian's libcurl.a also speaks LDAP, RTMP, SSH and Kerberos, whose
 * libraries cannot all be linked statically; their functions are defined as this one. Nothing
 * calls them, since base/http.c allows no such protocol and asks for no such login; only libssh2's
 * initialisation runs, and 0 is its success.
 */
long absent(void);

long absent(void)
{
	return 0;
}
