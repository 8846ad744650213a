/* SPDX-License-Identifier: Apache-2.0 */
/* An object under judgement: what the files that judge it, a subject each, have in common. */
#ifndef CALICO_WRITE_SUBJECT_H
#define CALICO_WRITE_SUBJECT_H

#include "calico/model/kinds.h"
#include "calico/write/findings.h"
#include "calico/write/target.h"

struct subject {
	const struct calico_kind *kind;
	const json_t *object, *spec; /* v3; never NULL */
	const char *name; /* "" when it has none */
	const struct write_target *target;
	struct write_findings *findings;
};

struct subject subject_of(const struct calico_kind *kind, const json_t *object,
	const struct write_target *t, struct write_findings *f);
bool subject_is(const struct subject *s, const char *kind);
/* Kinds of policies that have a tier. */
bool subject_is_policy(const struct calico_kind *kind);
/* The tier of a policy, "default" where it names none; borrowed. */
const char *subject_tier(const json_t *object);

/* Borrowed values along a path such as "spec.ingress[0].action"; NULL: there is none. */
const json_t *subject_at(const struct subject *s, const char *path);
const char *subject_text(const struct subject *s, const char *path); /* "" when it is none */
bool subject_has(const struct subject *s, const char *path); /* there, and not empty */
/* A finding about the value at a path. remedy NULL: the reason says it. */
void subject_refuse(const struct subject *s, const char *rule, const char *path,
	const char *remedy, const char *fmt, ...) PRINTF(5, 6);

/* For validate.c: each judges the kinds that it knows, and no others. */
void validate_metadata(const struct subject *s);
void validate_policy(const struct subject *s);
void validate_pool(const struct subject *s);
void validate_bgp(const struct subject *s);
void validate_felix(const struct subject *s);
void validate_host(const struct subject *s);
void validate_cluster(const struct subject *s);

/* Values of ports and protocols, wherever they are. */
void validate_port(const struct subject *s, const char *path, bool names);
void validate_protocol(const struct subject *s, const char *path);
bool protocol_has_ports(const json_t *protocol); /* TCP, UDP, SCTP, as names or numbers */

#endif
