/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the static program alone. Debian's libcurl.a also speaks LDAP, RTMP, SSH and Kerberos, whose
 * libraries cannot all be linked statically; their functions are defined as this one. Nothing calls
 * them: base/http.c allows https and http (a mirror may be file), and asks for no such login. libssh2's
 * initialisation does run, and 0 is its success.
 */
long absent(void);

long absent(void)
{
	return 0;
}
