/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/confine_parts.h"

/*
 * No secrets are in these: /etc/ssl and /etc/pki have directories of private keys. Names of hosts
 * are looked up by nsswitch.conf(5): its modules are libraries, and each has files of its own.
 */
static const char *const system_paths[] = {
	/* libraries, zones, encodings, authorities */
	"/usr", "/lib", "/lib64", "/nix/store", "/gnu/store", "/etc/ld.so.cache",
	"/etc/ld.so.preload", "/etc/localtime", "/etc/timezone",
	/* the resolver */
	"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
	"/etc/services", "/etc/protocols", "/etc/networks", "/etc/hostname", "/etc/machine-id",
	"/etc/passwd", "/etc/group", "/run/systemd/resolve", "/run/systemd/machines",
	"/run/resolvconf", "/run/NetworkManager", "/run/nscd", "/var/cache/nscd", "/var/db",
	"/var/lib/sss", "/var/lib/misc", "/var/lib/libvirt/dnsmasq", "/run/avahi-daemon",
	/* TLS */
	"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/ssl/openssl.cnf",
	"/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/tls/openssl.cnf",
	"/etc/pki/ca-trust", "/etc/ca-certificates", "/etc/crypto-policies",
	/* the kernel, of itself and of this process */
	"/proc/self", "/proc/sys", "/proc/meminfo", "/proc/cpuinfo", "/proc/stat",
	"/sys/devices/system/cpu", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom",
};

/* Variables that name files and directories, separated by colons (openssl-env(7), ld.so(8)). */
static const char *const variables[] = { "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF",
	"OPENSSL_MODULES", "OPENSSL_ENGINES", "LD_LIBRARY_PATH", "HOSTALIASES", "TZDIR" };

static void take_list(const char *list, void (*take)(void *arg, const char *path), void *arg)
{
	for (const char *end, *at = list; at; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, ':');
		char_auto *path = xstrndup(at, (size_t)(end - at));

		if (*path)
			take(arg, path);
	}
}

static bool leads_out(int dir, const char *name)
{
	char target[8];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	return n > 0 && (*target == '/' || *target == '.') &&
	       !(n >= 5 && memcmp(target, "/usr/", 5) == 0);
}

/* Links of /etc/ssl/certs go to where an administrator has put the certificate. */
static void take_links(const char *dir, void (*take)(void *arg, const char *path), void *arg)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_type == DT_LNK && leads_out(dirfd(d), entry->d_name)) {
			char_auto *path = xasprintf("%s/%s", dir, entry->d_name);

			take(arg, path);
		}
	if (d)
		closedir(d);
}

void confine_each_system_path(void (*take)(void *arg, const char *path), void *arg)
{
	for (size_t i = 0; i < ARRAY_LEN(system_paths); i++)
		take(arg, system_paths[i]);
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		take_list(getenv(variables[i]), take, arg);
	take_links("/etc/ssl/certs", take, arg);
}

/* Those that ask a process of this host or DNS. Others, such as nis, connect by themselves. */
static bool is_plain(const char *service)
{
	static const char *const plain[] = { "files", "dns", "myhostname", "mymachines", "resolve",
		"mdns", "mdns4", "mdns6", "mdns_minimal", "mdns4_minimal", "mdns6_minimal", "sss",
		"libvirt", "libvirt_guest", "altfiles", "db", "cache" };

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (strcmp(plain[i], service) == 0)
			return true;
	return false;
}

/* "hosts: files mdns4_minimal [NOTFOUND=return] dns". */
static bool is_plain_line(char *line)
{
	char *rest = NULL;

	for (char *word = strtok_r(line, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
		if (*word != '[' && !strchr(word, ']') && !is_plain(word))
			return false;
	return true;
}

bool confine_plain_resolver(void)
{
	buf_auto text = { 0 };
	err_auto unread = { 0 };
	char *rest = NULL;

	if (buf_read_file(&text, "/etc/nsswitch.conf", 64 << 10, &unread) < 0)
		return true; /* "files dns" */
	char_auto *copy = xstrdup(buf_str(&text));

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t");
		line[strcspn(line, "#")] = '\0';
		if (has_prefix(line, "hosts:") && !is_plain_line(line + strlen("hosts:")))
			return false;
	}
	return true;
}
