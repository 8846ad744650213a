/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and protocols, in any field. */
#include <string.h>
#include <strings.h>

#include "calico/write/subject.h"
#include "calico/write/words.h"

static const char *const protocols[] = { "TCP", "UDP", "ICMP", "ICMPv6", "SCTP", "UDPLite" };

void validate_protocol(const struct subject *s, const char *path)
{
	const json_t *value = subject_at(s, path);
	const char *name = json_string_value(value);
	json_int_t number = json_integer_value(value);

	if (!value || json_is_null(value) ||
		(json_is_integer(value) && number >= 1 && number <= 255))
		return;
	for (size_t i = 0; name && i < ARRAY_LEN(protocols); i++)
		if (strcmp(protocols[i], name) == 0)
			return;
	for (size_t i = 0; name && i < ARRAY_LEN(protocols); i++)
		if (strcasecmp(protocols[i], name) == 0) {
			char_auto *remedy = xasprintf("write %s", protocols[i]);

			subject_refuse(s, "protocol", path, remedy,
				"is no protocol: letter case counts");
			return;
		}
	subject_refuse(s, "protocol", path, NULL,
		"is no protocol: 1 to 255, TCP, UDP, ICMP, ICMPv6, SCTP or UDPLite");
}

bool protocol_has_ports(const json_t *protocol)
{
	static const char *const names[] = { "TCP", "UDP", "SCTP" };
	const char *name = json_string_value(protocol);
	json_int_t number = json_integer_value(protocol);

	for (size_t i = 0; name && i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return !name && (number == 6 || number == 17 || number == 132);
}

void validate_port(const struct subject *s, const char *path, bool names)
{
	const json_t *value = subject_at(s, path);
	const char *text = json_string_value(value);
	bool range = text && strchr(text, ':');

	if (json_is_integer(value) ? json_integer_value(value) == 0
				   : range && strtoul(text, NULL, 10) == 0)
		subject_refuse(s, "port", path, "write 1 to 65535", "has port 0");
	else if (text && !range && !names)
		subject_refuse(
			s, "port", path, "write numbers", "is a name, and only numbers fit here");
	else if (text && !range && !word_is_port_name(text))
		subject_refuse(s, "portName", path,
			strchr(text, '-') && text[strspn(text, "0123456789-")] == '\0'
				? "write a range with a colon, such as \"80:90\""
				: "write at most 15 lower-case letters, digits and single -, one "
				  "letter among them",
			"is no name of a port");
}
