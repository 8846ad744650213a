/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only for the static program. Debian's libcurl.a also supports LDAP, RTMP, SSH and Kerberos, whose
 * libraries cannot all be linked statically. Their functions are defined as this function. Nothing
 * calls them, because base/http.c allows no such protocol and no such login. Only the
 * initialisation of libssh2 runs, and 0 means success there.
 */
long absent(void);

long absent(void)
{
	return 0;
}
